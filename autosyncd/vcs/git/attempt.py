"""One attempt at the steps of an update: their order, and what git's filters say of the files."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from autosyncd.vcs.git.clean import clean_ids
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.tree.advance import Advance, Ground, Report
from autosyncd.vcs.tree.displaced import Step
from autosyncd.vcs.tree.grip import Kind
from autosyncd.vcs.tree.threads import finish_in_thread

_BATCH = 64
"""How many files are held at once while git hashes them."""


async def arrived(ground: Ground, steps: Sequence[Step]) -> frozenset[int]:
    """The numbers of steps that an earlier attempt has done."""
    advance = Advance(ground, threading.Event())
    try:
        return await finish_in_thread(threading.Event(), advance.arrived, steps)
    finally:
        advance.close()


async def apply(git: Git, ground: Ground, steps: Sequence[Step]) -> Report:
    """Do all steps that can be done."""
    stop = threading.Event()
    advance = Advance(ground, stop)
    try:
        for group in in_order(steps):
            for batch in _batches(await finish_in_thread(stop, advance.take, group)):
                await _filtered(git, advance, batch, stop)
    finally:
        advance.close()
        ground.generation.mark(advance.report.displaced)
    return advance.report


async def _filtered(
    git: Git, advance: Advance, steps: Sequence[Step], stop: threading.Event
) -> None:
    with ExitStack() as stack:
        held = await finish_in_thread(stop, advance.hold, steps, stack)
        files = [item for item in held if item.grip.kind is Kind.FILE]
        ids = await clean_ids(git, [item.step.path for item in files])
        others = [(item, None) for item in held if item.grip.kind is not Kind.FILE]
        await finish_in_thread(stop, advance.settle, [*zip(files, ids, strict=True), *others])


def in_order(steps: Sequence[Step]) -> tuple[tuple[Step, ...], ...]:
    """Deletions first, the deepest first; attributes last, since the files of the old version
    are recognised by the old attributes. A folder that becomes a file has to be empty, though."""
    new_files = {step.path for step in steps if step.new}
    groups: tuple[list[Step], list[Step], list[Step]] = ([], [], [])
    for step in steps:
        last = _attributes(step) and new_files.isdisjoint(_parents(step.path))
        groups[2 if last else 1 if step.new else 0].append(step)
    gone, come, attributes = groups
    gone.sort(key=lambda step: step.path, reverse=True)
    return tuple(gone), tuple(come), tuple(attributes)


def _attributes(step: Step) -> bool:
    return step.path.rsplit(b"/", 1)[-1] == b".gitattributes"


def _parents(path: bytes) -> Iterator[bytes]:
    while b"/" in path:
        path = path.rsplit(b"/", 1)[0]
        yield path


def _batches(steps: Sequence[Step]) -> Iterator[Sequence[Step]]:
    return (steps[i : i + _BATCH] for i in range(0, len(steps), _BATCH))
