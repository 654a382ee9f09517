"""Makes the new versions of files ready beside the tree: complete, filtered, durable."""

import os
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec

from autosyncd.vcs.git.command import Git, GitError
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.unsupported import incoming_trouble
from autosyncd.vcs.tree.displaced import Generation, Manifest, Step
from autosyncd.vcs.tree.entry import GITLINK
from autosyncd.vcs.tree.signature import signature_at
from autosyncd.vcs.tree.threads import finish_in_thread


async def stage(
    git: Git,
    layout: Layout,
    generation: Generation,
    manifest: Manifest,
    index: Path,
    arrived: frozenset[int],
) -> Manifest:
    """Check new versions out of `index`, but for those that have `arrived` in the tree already.

    `manifest` is the generation's plan.
    Returns the manifest with what is ready. A full disk or a failing filter raises here, where
    the working tree is still untouched.
    """
    wanted = frozenset(
        step.number for step in manifest.steps if _placed(step) and step.number not in arrived
    )
    paths = [step.path for step in manifest.steps if step.number in wanted]
    if paths:
        await _check_out(git, layout, generation.tree, paths, index)
    steps = await finish_in_thread(threading.Event(), _sort, generation, manifest.steps, wanted)
    return Manifest(manifest.old, manifest.new, steps)


def _placed(step: Step) -> bool:
    return step.new is not None and step.new.mode != GITLINK


async def _check_out(
    git: Git, layout: Layout, folder: Path, paths: Sequence[bytes], index: Path
) -> None:
    """Attributes come from `index` since `folder` is the work tree: with the real one as work
    tree (and git-checkout-index(1)'s `--prefix`), the old `.gitattributes` would count."""
    command = ("checkout-index", "-q", "-z", "--stdin")
    finished = await git.run(
        "-C",
        os.fspath(folder),
        *command,
        stdin=b"".join(path + b"\0" for path in paths),
        index=index,
        environment={"GIT_DIR": os.fspath(layout.git_dir), "GIT_WORK_TREE": os.fspath(folder)},
    )
    if finished.returncode:
        raise incoming_trouble(finished.complaint) or GitError(command, finished)


def _sort(
    generation: Generation, steps: tuple[Step, ...], wanted: frozenset[int]
) -> tuple[Step, ...]:
    """Give each new version its step's number as name, on the file system where it belongs."""
    tree = generation.tree
    ready = tuple(
        _ready(generation, step, tree) if step.number in wanted else step for step in steps
    )
    shutil.rmtree(generation.tree)
    return ready


def _ready(generation: Generation, step: Step, tree: Path) -> Step:
    source, slot = tree / os.fsdecode(step.path), generation.slot(step)
    if step.area is None:
        source.rename(slot)
    else:
        _copy(source, slot)
    return msgspec.structs.replace(step, staged=signature_at(slot))


def _copy(source: Path, target: Path) -> None:
    if source.is_symlink():
        target.symlink_to(source.readlink())
    else:
        shutil.copyfile(source, target)
        shutil.copymode(source, target)
