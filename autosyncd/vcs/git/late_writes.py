"""Writes that reached a file after it had been displaced, through descriptors opened before."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from autosyncd.vcs.base import Fit, fit_anyway
from autosyncd.vcs.git.command import Git, GitError
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.outside_versions import write_blob
from autosyncd.vcs.git.present import believed_mode
from autosyncd.vcs.tree.displaced import Generation, generations
from autosyncd.vcs.tree.grip import Kind
from autosyncd.vcs.tree.leftovers import Suspect, drop_known


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


async def sweep(
    git: Git, layout: Layout, *, grace: float, fit: Fit = fit_anyway
) -> tuple[LateWrite, ...]:
    """Look through what updates displaced at least `grace` seconds ago; drop what git has, and
    leave alone what is not `fit` to be committed.

    What somebody has open for writing waits for the next sweep; where no lease can tell that,
    everything waits for `UNLEASED_GRACE`. Not to be called while
    `move_tree` is at work in the same repository.
    """
    found: list[LateWrite] = []
    for generation in await asyncio.to_thread(generations, layout):
        found += await _sweep_generation(git, layout, generation, grace, fit)
    return tuple(found)


def forget(late: LateWrite) -> None:
    """The late write is in a commit now; its file is not needed any more."""
    late.kept.unlink(missing_ok=True)


async def _sweep_generation(
    git: Git, layout: Layout, generation: Generation, grace: float, fit: Fit
) -> list[LateWrite]:
    manifest = generation.manifest()
    if manifest is None:  # never begun, or damaged and then left alone
        await asyncio.to_thread(generation.drop_incomplete)
        return []
    if generation.age() < grace:
        return []
    suspects = await asyncio.to_thread(drop_known, generation, manifest.steps, layout.object_format)
    fitting = [one for one in suspects if await fit(one.step.path, one.kept)]
    found = [await _settle(git, suspect, manifest.old) for suspect in fitting]
    areas = {step.area for step in manifest.steps}
    await asyncio.to_thread(generation.drop_empty, areas)
    return [late for late in found if late]


async def _settle(git: Git, suspect: Suspect, base: str | None) -> LateWrite | None:
    """Write the version to the object database; None if git's filters make the old one of it."""
    oid = await _write_blob(git, suspect)
    entry = suspect.grip.entry
    if oid is None or entry is None or not suspect.unchanged():
        return None
    old = suspect.step.old
    if old and oid == old.oid:
        suspect.kept.unlink()
        return None
    mode = await believed_mode(git, entry, old)
    return LateWrite(suspect.step.path, mode, oid, base, suspect.kept)


async def _write_blob(git: Git, suspect: Suspect) -> str | None:
    if suspect.grip.kind is not Kind.LINK:
        return await write_blob(git, suspect.step.path, suspect.kept)
    try:
        target = os.fsencode(suspect.kept.readlink())
        return await git.line("hash-object", "-w", "--stdin", stdin=target)
    except GitError:
        return None
