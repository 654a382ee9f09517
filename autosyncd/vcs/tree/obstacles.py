"""What stays in the way of an update of the tree, attempt by attempt, and the way out for each.

One attempt passes over what it may not touch. What was edited is committed and merged first; what
the tool does not track is moved aside; what a program holds open for ever keeps its name, and the
incoming version becomes a conflict copy; what is held is passed by.
"""

import logging
import os
import stat
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autosyncd.errors import EditedError, NeedsUserError, RetryError
from autosyncd.vcs.tree.advance import Skipped
from autosyncd.vcs.tree.patience import Patience
from autosyncd.vcs.tree.place import Why
from autosyncd.vcs.tree.signature import Signature, signature_at

log = logging.getLogger(__name__)

ASIDE_AFTER = 2
"""Attempts after which something that no commit can take is moved aside."""

PATIENCE = 8
"""Attempts after which a file that is open for writing is left to its program."""

REMEMBERED = 50_000
"""Paths of which we know how we left them; more are looked at again."""

EDIT_PATIENCE = 20
"""Attempts after which an update no longer waits for a version that is not committed, as it is
held."""

_ATTEMPTS = {
    Why.OPEN_FOR_WRITING: PATIENCE,
    **dict.fromkeys((Why.USER_EDIT, Why.VANISHED, Why.STAGED), EDIT_PATIENCE),
}
_OBSTACLES = (Why.IN_THE_WAY, Why.SYMLINK_PARENT)
_FORBIDDEN = (Why.UNREADABLE, Why.DENIED)


@dataclass(frozen=True, slots=True)
class Moved:
    """What came of one attempt.

    Only if `done`, index and branch have moved too; else the `skipped` paths have to be dealt
    with, and the other paths are new already. `signatures` are those of the new files, to
    recognise our own events, and `removed` are the paths that were deleted.
    """

    done: bool
    changed: int = 0
    skipped: tuple[Skipped, ...] = ()
    signatures: Mapping[bytes, Signature] = field(default_factory=dict)
    removed: tuple[bytes, ...] = ()


@dataclass(slots=True)
class Obstacles:
    """The memory of the updates of one tree: what they wrote, and what they met how often.

    `ignored` says whether the user's rules cover a path, `put_aside` moves what is at it out of
    the way and returns where it is now.
    """

    root: Path
    ignored: Callable[[bytes], Awaitable[bool]]
    put_aside: Callable[[bytes], Awaitable[bytes | None]]
    passes_by: bool = False
    """Whether an update can leave a path as it is on disk."""
    in_use: set[bytes] = field(default_factory=set)
    """Paths that their programs do not let go of: our version keeps the name."""
    passed_by: set[bytes] = field(default_factory=set)
    """Paths whose version here is not committed, as it is held: the update passes them by."""
    _written: dict[bytes, Signature | None] = field(default_factory=dict)
    _patience: Patience = field(default_factory=Patience)

    async def after(self, moved: Moved) -> int:
        """Take note of an attempt; returns how many paths changed if it came to its end.

        Raises EditedError for paths to commit first, RetryError when a later attempt may succeed,
        NeedsUserError when none will.
        """
        if len(self._written) > REMEMBERED:
            self._written.clear()
        self._written.update(moved.signatures)
        self._written.update(dict.fromkeys(moved.removed))
        if moved.done:
            self._patience.clear()
            self.in_use.clear()
            self.passed_by.clear()
            return moved.changed
        for skip in moved.skipped:
            self._written.pop(skip.path, None)
        await self._make_way(moved.skipped)
        raise self._reason(moved.skipped)

    def ours(self, path: bytes) -> bool:
        """Whether a path is exactly as an update left it, so that nobody has changed it since."""
        if path not in self._written:
            return False
        if self._written[path] == signature_at(self._full(path)):
            return True
        del self._written[path]  # from now on it is the user's, whatever it looks like later
        return False

    def placed(self, path: bytes, signature: Signature) -> bool:
        """Whether an update has put just this version there."""
        return self._written.get(path) == signature

    async def _make_way(self, skipped: Iterable[Skipped]) -> None:
        for skip in skipped:
            tries = self._patience.count(skip.path, skip.why)
            if self._movable(skip) and tries >= await self._patience_with(skip):
                aside = await self.put_aside(skip.path)
                if aside is not None:
                    was, now = _text(skip.path), _text(aside)
                    log.info("%s: %s was in the way and is now %s", self.root, was, now)
            attempts = _ATTEMPTS.get(skip.why)
            if attempts and self._patience.over(skip.path, skip.why, attempts):
                self._give_up(skip)

    def _give_up(self, skip: Skipped) -> None:
        held = self.passes_by and skip.why is Why.USER_EDIT
        (self.passed_by if held else self.in_use).add(skip.path)

    async def _patience_with(self, skip: Skipped) -> int:
        """What can't be committed, or is ignored, moves at once; other files get time to be."""
        path, full = skip.path, self._full(skip.path)
        committable = stat.S_ISREG(os.lstat(full).st_mode) if os.path.lexists(full) else False
        if skip.why is Why.UNREADABLE or not committable:
            return ASIDE_AFTER
        return ASIDE_AFTER if await self.ignored(path) else PATIENCE

    def _reason(self, skipped: tuple[Skipped, ...]) -> Exception:
        edited = frozenset(
            skip.path
            for skip in skipped
            if skip.why not in (Why.OPEN_FOR_WRITING, *_FORBIDDEN) or self._movable(skip)
        )
        if edited:
            return EditedError(f"{_shown(skipped)} changed here meanwhile", edited)
        busy = tuple(s for s in skipped if s.why is Why.OPEN_FOR_WRITING)
        if busy:
            return RetryError(f"{_shown(busy)} is being written")
        first = skipped[0]
        return NeedsUserError(
            f"cannot update {_shown(skipped)}: {first.why.value}",
            hint="give this user the right to write it and its folder",
        )

    def _movable(self, skip: Skipped) -> bool:
        """Whether it can be moved aside: what the tool does not track, or nobody here may read."""
        if skip.why is not Why.UNREADABLE:
            return skip.why in _OBSTACLES
        tried_in_vain = self._patience.tries(skip.path, skip.why) > ASIDE_AFTER + 1
        return not tried_in_vain and not os.access(self._full(skip.path), os.R_OK)

    def _full(self, path: bytes) -> bytes:
        return bytes(self.root) + b"/" + path


def _text(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")


def _shown(skipped: tuple[Skipped, ...]) -> str:
    first = _text(skipped[0].path)
    return first if len(skipped) == 1 else f"{first} and {len(skipped) - 1} more"
