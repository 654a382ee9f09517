"""Writes that reached a file after it had been displaced, through descriptors opened before."""

import asyncio
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from autosyncd.vcs.git.command import Git, GitError
from autosyncd.vcs.git.displaced import Generation, Step, generations
from autosyncd.vcs.git.grip import Grip, Kind, hold
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.objects import Entry
from autosyncd.vcs.git.place import BlockedError, Place
from autosyncd.vcs.git.signature import Signature
from autosyncd.vcs.git.syscalls import Lease

UNLEASED_GRACE = 60.0
"""Seconds to keep files of which nobody can say whether they are still open."""


@dataclass(frozen=True, slots=True)
class LateWrite:
    """A version of `path` that the user wrote on top of commit `base` (None: unborn).

    Its blob `oid` is in the object database. `kept` is the file itself: `forget` it once the
    version is in a commit; until then every sweep reports it again.
    """

    path: bytes
    mode: str
    oid: str
    base: str | None
    kept: Path


@dataclass(frozen=True, slots=True)
class _Suspect:
    """A displaced file whose bytes are neither the old nor the new version's."""

    step: Step
    kept: Path
    grip: Grip


async def sweep(git: Git, layout: Layout, *, grace: float) -> tuple[LateWrite, ...]:
    """Look through what updates displaced at least `grace` seconds ago; drop what git has.

    What somebody has open for writing waits for the next sweep; where no lease can tell that,
    everything waits for `UNLEASED_GRACE`. Not to be called while
    `move_tree` is at work in the same repository.
    """
    found: list[LateWrite] = []
    for generation in await asyncio.to_thread(generations, layout):
        found += await _sweep_generation(git, layout, generation, grace)
    return tuple(found)


def forget(late: LateWrite) -> None:
    """The late write is in a commit now; its file is not needed any more."""
    late.kept.unlink(missing_ok=True)


async def _sweep_generation(
    git: Git, layout: Layout, generation: Generation, grace: float
) -> list[LateWrite]:
    manifest = generation.manifest()
    if manifest is None:  # never begun, or damaged and then left alone
        await asyncio.to_thread(generation.drop_incomplete)
        return []
    if generation.age() < grace:
        return []
    suspects = await asyncio.to_thread(_drop_known, generation, manifest.steps, layout)
    found = [await _settle(git, suspect, manifest.old) for suspect in suspects]
    areas = {step.area for step in manifest.steps}
    await asyncio.to_thread(generation.drop_empty, areas)
    return [late for late in found if late]


def _drop_known(generation: Generation, steps: tuple[Step, ...], layout: Layout) -> list[_Suspect]:
    marks, young = generation.marks(), generation.age() < UNLEASED_GRACE
    suspects = []
    for step in steps:
        mark = marks.get(step.number)
        for kept in (generation.slot(step), generation.out(step)):
            suspect = _judge(step, kept, mark, layout.object_format, young=young)
            if suspect:
                suspects.append(suspect)
    return suspects


def _judge(
    step: Step, kept: Path, mark: Signature | None, object_format: str, *, young: bool
) -> _Suspect | None:
    """Drop the file if git has its bytes, leave it if somebody may still be writing it."""
    folder = os.open(kept.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        with hold(Place(folder, os.fsencode(kept.name)), object_format, lease=True) as grip:
            if grip.kind not in (Kind.FILE, Kind.LINK) or grip.lease is Lease.BUSY:
                return None
            if grip.kind is Kind.FILE and grip.lease is Lease.UNAVAILABLE and young:
                return None
            if not _known(step, grip, mark):
                return _Suspect(step, kept, grip)
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


async def _settle(git: Git, suspect: _Suspect, base: str | None) -> LateWrite | None:
    """Write the version to the object database; None if git's filters make the old one of it."""
    oid = await _write_blob(git, suspect)
    entry = suspect.grip.entry
    if oid is None or entry is None or not _unchanged(suspect):
        return None
    old = suspect.step.old
    if old and oid == old.oid:
        suspect.kept.unlink()
        return None
    mode = await _mode(git, entry, old)
    return LateWrite(suspect.step.path, mode, oid, base, suspect.kept)


async def _mode(git: Git, entry: Entry, old: Entry | None) -> str:
    """The file's mode, or the old version's where the file system has no executable bit."""
    if old is None or not old.regular or not entry.regular or entry.mode == old.mode:
        return entry.mode
    believed = await git.run("config", "--type=bool", "core.fileMode")
    return old.mode if believed.stdout.strip() == b"false" else entry.mode


async def _write_blob(git: Git, suspect: _Suspect) -> str | None:
    try:
        if suspect.grip.kind is Kind.LINK:
            target = os.fsencode(suspect.kept.readlink())
            return await git.line("hash-object", "-w", "--stdin", stdin=target)
        path = b"--path=" + suspect.step.path
        return await git.line("hash-object", "-w", path, "--", os.fsencode(suspect.kept))
    except GitError:
        return None


def _unchanged(suspect: _Suspect) -> bool:
    """Whether the file is still what was looked at; if not, the next sweep looks again."""
    try:
        status = suspect.kept.lstat()
    except FileNotFoundError:
        return False
    seen = suspect.grip.signature
    return (
        seen is not None
        and (status.st_ino, status.st_mtime_ns, status.st_ctime_ns)
        == (seen.ino, seen.mtime_ns, seen.ctime_ns)
        and (stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode))
    )
