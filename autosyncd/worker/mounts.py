"""File systems that come and go below a watched folder: what they hide is not deleted, and what
they show is nobody's edit.

Which ones belong to the repository is remembered. One that appears or goes is taken for meant by
itself only if nothing differs from the last commit then; until then, or until the user says so,
nothing at or below its folder is committed.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from autosyncd.api.operands import operands
from autosyncd.core.approval import Reason
from autosyncd.core.covering import within
from autosyncd.core.messages import printable
from autosyncd.core.mounts import doubtful, mounts_below
from autosyncd.vcs.base import ChangeKind, Left, Look
from autosyncd.watch.mounting import MOUNTINFO

log = logging.getLogger(__name__)

Keep = Callable[[Mapping[bytes, str]], None]


@dataclass(slots=True)
class Mounts:
    """Those of one repository called `name`: `known` belong to it (None: this was never asked),
    and `keep` is given them whenever that changes."""

    name: str
    known: Mapping[bytes, str] | None = None
    keep: Keep = lambda _known: None
    _root: Path | None = None
    _asked: frozenset[tuple[bytes, str | None]] = field(default=frozenset())
    """What was looked at already, and was in doubt afterwards."""

    def doubtful(self) -> Mapping[bytes, str | None]:
        """The folders that are not to be touched, and what is mounted there now."""
        if self._root is None:
            return {}
        return doubtful(self.known or {}, self._now())

    def shut(self, root: Path) -> frozenset[bytes]:
        """The folders of the repository there that are not to be touched."""
        self._root = root
        return frozenset(self.doubtful())

    def moved(self) -> frozenset[bytes]:
        """The folders in doubt, if they are not those of the last look."""
        now = frozenset(self.doubtful().items())
        return frozenset(folder for folder, _ in now ^ self._asked)

    def approve(self, folders: Iterable[bytes]) -> None:
        """What is there now is meant."""
        self._adopt({folder: one for folder, one in self.doubtful().items() if folder in folders})

    def sift(self, root: Path, look: Look, where: frozenset[bytes] | None) -> Look:
        """The look at `where` without what is in doubt, which is among the left out then."""
        self._root = root
        doubts = self.doubtful()
        seen = {folder for folder in doubts if within(folder, where)}
        self._adopt({f: doubts[f] for f in seen if self._in_step(look, f)})
        doubts = self.doubtful()
        self._asked = frozenset((f, one) for f, one in doubts.items() if f in seen)
        if not doubts:
            return look
        shut = frozenset(doubts)
        return replace(
            look,
            changes=tuple(c for c in look.changes if not within(c.path, shut)),
            unstable=tuple(p for p in look.unstable if not within(p, shut)),
            passing={p: at for p, at in look.passing.items() if not within(p, shut)},
            left_out=tuple(left for left in look.left_out if not within(left.path, shut))
            + tuple(self._left(folder, one) for folder, one in doubts.items()),
        )

    def _now(self) -> Mapping[bytes, str]:
        try:
            return mounts_below(MOUNTINFO.read_bytes(), bytes(self._root or Path("/")))
        except OSError:
            return self.known or {}  # nobody can tell: as it was

    def _in_step(self, look: Look, folder: bytes) -> bool:
        """The first time, whatever is there belongs there unless it hides something."""
        there = frozenset({folder})
        if self.known is None:
            gone = (c for c in look.changes if c.kind is ChangeKind.DELETED)
            return not any(within(change.path, there) for change in gone)
        return not any(within(path, there) for path in _differing(look))

    def _adopt(self, folders: Mapping[bytes, str | None]) -> None:
        known = {**(self.known or {}), **folders}
        now = {folder: one for folder, one in known.items() if one is not None}
        if now != self.known:
            self.known = now
            self.keep(now)

    def _left(self, folder: bytes, now: str | None) -> Left:
        if now is None:
            what, cure = "the file system that was mounted there is gone", "mount it again"
        else:
            what, cure = f"another file system is mounted there ({now})", "unmount it"
        return Left(
            folder,
            f"{what}; nothing at or below it is touched",
            f"{cure}, or if it is meant: "
            f"`autosyncctl approve {operands(self.name, printable(folder))}`",
            Reason.MOUNTED,
        )


def _differing(look: Look) -> Iterable[bytes]:
    yield from (change.path for change in look.changes)
    yield from look.unstable
    yield from look.passing
    yield from (left.path for left in look.left_out)
    yield from look.overtaken
