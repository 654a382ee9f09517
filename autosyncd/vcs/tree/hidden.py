"""Where another file system hides a part of the tree, what comes in for it has to wait."""

from collections.abc import Iterable

from autosyncd.core.covering import within
from autosyncd.core.messages import printable
from autosyncd.errors import RemoteNeedsUserError

_HINT = "`autosyncctl held` says what to do about it; local changes go on being committed"


def let_in(shut: frozenset[bytes], coming: Iterable[bytes] | None = None) -> None:
    """Raises RemoteNeedsUserError if what is coming (None: nobody knows where) lies in one of the
    folders that are not to be touched."""
    hit = [one for one in sorted(shut) if coming is None or _concerns(one, coming)]
    if hit:
        where = ", ".join(map(printable, hit))
        raise RemoteNeedsUserError(
            f"cannot update the files: what is mounted at {where} is not what was there before",
            hint=_HINT,
        )


def _concerns(folder: bytes, coming: Iterable[bytes]) -> bool:
    """Whether some of it is in the folder, or would take the place of one around it."""
    there = frozenset({folder})
    return any(within(path, there) or within(folder, frozenset({path})) for path in coming)
