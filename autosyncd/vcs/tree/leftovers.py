"""What updates displaced: dropped once it is known that nobody has written more into it."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from autosyncd.vcs.tree.displaced import Generation, Step
from autosyncd.vcs.tree.grip import Grip, Kind, hold
from autosyncd.vcs.tree.place import BlockedError, Place
from autosyncd.vcs.tree.signature import Signature
from autosyncd.vcs.tree.syscalls import Lease

UNLEASED_GRACE = 60.0
"""Seconds to keep files of which nobody can say whether they are still open."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A displaced file whose bytes are neither the old nor the new version's."""

    step: Step
    kept: Path
    grip: Grip

    def unchanged(self) -> bool:
        """Whether the file is still what was looked at; if not, the next sweep looks again."""
        try:
            status = self.kept.lstat()
        except FileNotFoundError:
            return False
        seen = self.grip.signature
        return (
            seen is not None
            and (status.st_ino, status.st_mtime_ns, status.st_ctime_ns)
            == (seen.ino, seen.mtime_ns, seen.ctime_ns)
            and (stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode))
        )


def drop_known(
    generation: Generation, steps: tuple[Step, ...], object_format: str
) -> list[Suspect]:
    """Drop the displaced files that hold what the tool has; returns those that hold more."""
    marks, young = generation.marks(), generation.age() < UNLEASED_GRACE
    suspects = []
    for step in steps:
        mark = marks.get(step.number)
        for kept in (generation.slot(step), generation.out(step)):
            suspect = _judge(step, kept, mark, object_format, young=young)
            if suspect:
                suspects.append(suspect)
    return suspects


def _judge(
    step: Step, kept: Path, mark: Signature | None, object_format: str, *, young: bool
) -> Suspect | None:
    """Drop the file if git has its bytes, leave it if somebody may still be writing it."""
    folder = os.open(kept.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        with hold(Place(folder, os.fsencode(kept.name)), object_format, lease=True) as grip:
            if grip.kind not in (Kind.FILE, Kind.LINK) or grip.lease is Lease.BUSY:
                return None
            if grip.kind is Kind.FILE and grip.lease is Lease.UNAVAILABLE and young:
                return None
            if not _known(step, grip, mark):
                return Suspect(step, kept, grip)
            if grip.steady():
                kept.unlink()
    except BlockedError:
        return None
    finally:
        os.close(folder)
    return None


def _known(step: Step, grip: Grip, mark: Signature | None) -> bool:
    if grip.signature is not None and grip.signature == mark:
        return True
    if step.staged and grip.signature and grip.signature.unwritten(step.staged):
        return True
    versions = {entry.oid for entry in (step.old, step.new) if entry}
    return grip.entry is not None and grip.entry.oid in versions
