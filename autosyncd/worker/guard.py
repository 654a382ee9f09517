"""What of the changes may be committed, and what waits for the user."""

import asyncio
import os
import shlex
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from autosyncd.api.operands import operands
from autosyncd.config.model import RepositorySettings
from autosyncd.core import brake
from autosyncd.core.approval import Approval, Reason
from autosyncd.core.changes import Change, ChangeKind
from autosyncd.core.deleted import Deleted
from autosyncd.core.messages import printable
from autosyncd.vcs.base import Left, Look, Repository
from autosyncd.worker.contents import Finding, Rules, Verdict, examine
from autosyncd.worker.late import Late
from autosyncd.worker.mounts import Mounts
from autosyncd.worker.records import UNRECORDED, Records

_FOR_ONCE = (Reason.DELETED, Reason.AWAY, Reason.MOUNTED)

_OVERTAKEN = ", and another version has come in, which is in the last commit"


class Guard:
    """Judges the looks of one repository; `approvals` are what the user has let through."""

    def __init__(
        self,
        settings: RepositorySettings,
        approvals: frozenset[Approval],
        lost_power_at: float | None,
        records: Records = UNRECORDED,
    ) -> None:
        self._settings = settings
        self._approvals = set(approvals)
        self._rules = Rules(
            max_size=settings.max_file_size,
            secrets=settings.secrets == "hold",
            lost_power_at=lost_power_at,
            approved=lambda path, reason: Approval(path, reason) in self._approvals,
        )
        self._verdicts: dict[bytes, Verdict] = {}
        """Of the last look; before the first, of whoever has looked already."""
        path = settings.path
        self._deleted = Deleted(
            records.deletions(path), lambda now: records.note_deletions(path, now)
        )
        self.mounts = Mounts(
            settings.name, records.mounts(path), lambda now: records.note_mounts(path, now)
        )
        self.late = Late(self._rules, settings.name)
        self.deletions: frozenset[bytes] = frozenset()
        """The deletions that wait, all together, for the user."""

    def approve(self, approvals: frozenset[Approval]) -> None:
        """The user lets these through."""
        self._approvals |= approvals
        self.late.approved()
        for approval in approvals:
            self._verdicts.pop(approval.path, None)
        self.mounts.approve(a.path for a in approvals if a.reason is Reason.MOUNTED)

    def remember(self, verdicts: Mapping[bytes, Verdict]) -> None:
        """These versions have been judged already, by the same rules."""
        self._verdicts.update(verdicts)

    @property
    def verdicts(self) -> Mapping[bytes, Verdict]:
        """What was found in the files of the last look."""
        return self._verdicts

    async def judge(self, root: Path, look: Look, where: frozenset[bytes] | None = None) -> Look:
        """The look at `where` without what is held, which is among the left out then.

        A held file is not read again before it changes.
        """
        look = self.mounts.sift(root, look, where)
        known, folder = dict(self._verdicts), os.fsencode(root)
        found = await asyncio.to_thread(examine, folder, look, self._rules, known)
        self._verdicts = {p: v for p, v in known.items() if v.finding} | found
        held = {path: v.finding for path, v in found.items() if v.finding}
        moving = {path for path, v in found.items() if v.stamp is None} - held.keys()
        changes = tuple(c for c in look.changes if c.path not in held and c.path not in moving)
        return replace(
            look,
            changes=changes,
            copies={c.path: look.copies[c.path] for c in changes if c.path in look.copies},
            unstable=tuple(p for p in look.unstable if p not in held) + tuple(moving),
            left_out=look.left_out
            + tuple(
                self._left(folder, path, held[path], overtaken=path in look.overtaken)
                for path in held
            ),
            judged={path: v.stamp for path, v in found.items() if v.stamp},
        )

    def admits(self, root: Path, path: bytes) -> bool:
        """Whether a file is not too large."""
        try:
            size = os.lstat(os.fsencode(root) + b"/" + path).st_size
        except OSError:
            return True
        small = not 0 < self._rules.max_size < size
        return small or self._rules.approved(path, Reason.LARGE)

    def refused(self, paths: Iterable[bytes]) -> frozenset[Approval]:
        """The remote refuses these for their size: if they were approved, that is spent, and
        returned. Approving them again offers them again."""
        for path in paths:
            self._verdicts.pop(path, None)
        spent = frozenset(Approval(path, Reason.LARGE) for path in paths) & self._approvals
        self._approvals -= spent
        return spent

    async def weigh(self, repository: Repository, look: Look) -> Left | None:
        """Whether the deletions of a look wait for the user, all together, and why."""
        self.deletions = frozenset()
        look = _without_revived(look)
        gone = frozenset(c.path for c in look.changes if c.kind is ChangeKind.DELETED)
        if not gone:
            return None
        if self._settings.max_delete >= 1:
            return None
        earlier = await asyncio.to_thread(self._earlier, os.fsencode(repository.root), gone)
        deletions = await repository.deletions(look, self._settings.max_delete, earlier)
        approved = frozenset(a.path for a in self._approvals if a.reason is Reason.DELETED)
        if not brake.waits(deletions, self._settings.max_delete, approved):
            return None
        self.deletions = deletions.gone - approved
        return Left(
            repository.below or b".",
            f"{len(self.deletions)} of {deletions.tracked} files are gone"
            + (f", after {earlier} others within an hour" if earlier else "")
            + "; nothing is committed",
            f"bring them back (is a disk not mounted?), or let it through: "
            f"`autosyncctl approve {operands(self._settings.name)}`",
            Reason.DELETED,
        )

    def committed(self, changes: Iterable[Change]) -> None:
        """Deletions that were committed count with those that follow soon."""
        gone = (change.path for change in changes if change.kind is ChangeKind.DELETED)
        if self._settings.max_delete < 1:
            self._deleted.add(gone, time.time())

    def _earlier(self, root: bytes, now_gone: frozenset[bytes]) -> int:
        """Deletions of a short while ago; what is deleted now had come back."""
        return self._deleted.still(
            lambda path: path in now_gone or os.path.lexists(root + b"/" + path), time.time()
        )

    def passed(self) -> frozenset[Approval]:
        """Nothing waits as a whole any more: approvals of that are spent, and returned."""
        spent = frozenset(a for a in self._approvals if a.reason in _FOR_ONCE)
        self._approvals -= spent
        if spent:
            self._deleted.clear()
        return spent

    def _left(self, root: bytes, path: bytes, finding: Finding, *, overtaken: bool) -> Left:
        cure = finding.cure
        if finding.reason is Reason.EMPTIED:
            full = shlex.quote(printable(root + b"/" + path))
            cure = f"{cure}: `autosyncctl restore {full} --at HEAD`"
        words = operands(self._settings.name, printable(path))
        hint = f"{cure}, or let it in: `autosyncctl approve {words}`"
        why = f"it {finding.what}{_OVERTAKEN if overtaken else ''}"
        return Left(path, why, hint, finding.reason)


def _without_revived(look: Look) -> Look:
    """What came in for a file that is gone brings it back: that is no deletion."""
    kept = (
        c for c in look.changes if c.kind is not ChangeKind.DELETED or c.path not in look.overtaken
    )
    return replace(look, changes=tuple(kept))
