"""What the user does about conflicts: compare the versions, and settle which one stays."""

import os
from collections.abc import Sequence

from autosyncd.api.paths import as_answered
from autosyncd.api.types import CompareResult, Difference, SettledConflict, SettleResult
from autosyncd.core.messages import printable
from autosyncd.errors import RepositoryFailedError
from autosyncd.vcs.base import ConflictCopy, Keep, KnowsCopies, Repository
from autosyncd.worker.past import path_in
from autosyncd.worker.worker import Worker

LONGEST = 400_000
"""Bytes of a diff that are shown; more nobody reads in a terminal."""

LARGEST = 20_000_000
"""Bytes of a file that is still compared: the diff is held in memory."""


async def compare(worker: Worker, file: str) -> CompareResult:
    """How the conflict copies of a file differ from it."""
    repository = _able(worker)
    found = []
    for copy in await _conflicts(worker, file):
        diff = await _diff(worker, repository, copy)
        found.append(
            Difference(
                repository=worker.name,
                path=os.fsdecode(copy.path),
                copy=os.fsdecode(copy.copy),
                diff=diff[:LONGEST].decode("utf-8", "replace"),
                more=len(diff) > LONGEST,
            )
        )
    return CompareResult(differences=tuple(found))


async def _diff(worker: Worker, repository: KnowsCopies, copy: ConflictCopy) -> bytes:
    root = worker.opened().root
    files = [root / os.fsdecode(path) for path in (copy.path, copy.copy)]
    if any(file.is_file() and file.stat().st_size > LARGEST for file in files):
        return b"@@ too large to be compared here @@\n"
    return await repository.compare(copy.path, copy.copy)


async def settle(worker: Worker, file: str, keep: Keep) -> SettleResult:
    """Do what the user wants done about the conflicts of a file."""
    repository = _able(worker)
    found = await _conflicts(worker, file)
    if keep == "other" and len(found) > 1:
        names = ", ".join(printable(copy.copy) for copy in found)
        raise RepositoryFailedError(
            f"{printable(found[0].path)} has {len(found)} other versions",
            hint=f"name the one to keep: {names}",
        )
    return SettleResult(
        settled=tuple([await _settled(worker, repository, copy, keep) for copy in found])
    )


async def _settled(
    worker: Worker, repository: KnowsCopies, copy: ConflictCopy, keep: Keep
) -> SettledConflict:
    done = await repository.settle(copy, keep)
    for path in done.written:
        worker.rewritten(path)
    return SettledConflict(
        repository=worker.name,
        path=os.fsdecode(copy.path),
        copy=os.fsdecode(copy.copy),
        now=None if done.now is None else os.fsdecode(done.now),
        kept=done.kept,
    )


def _able(worker: Worker) -> KnowsCopies:
    repository: Repository = worker.opened()
    if isinstance(repository, KnowsCopies):
        return repository
    raise RepositoryFailedError(
        f"conflicts in {worker.name} can't be settled from here: only those of git and hg can",
        hint="take over what you need, then delete the copy",
    )


def _answered_as(path: bytes, copies: Sequence[ConflictCopy]) -> tuple[ConflictCopy, ...]:
    """Those that answers name so, since JSON has no text for what they are really named."""
    text = os.fsdecode(path)

    def fits(name: bytes) -> bool:
        return as_answered(os.fsdecode(name)) == text

    found = tuple(copy for copy in copies if fits(copy.path) or fits(copy.copy))
    if len({copy.path for copy in found}) > 1:
        raise RepositoryFailedError(
            f"{printable(path)} can be any of {', '.join(printable(c.copy) for c in found)}",
            hint="name the file by its bytes, as the Tab key does",
        )
    return found


async def _conflicts(worker: Worker, file: str) -> tuple[ConflictCopy, ...]:
    """Those of which the file is the copy, or has the name."""
    repository = worker.opened()
    path = path_in(repository, file)
    copies = await repository.conflict_copies()
    found = tuple(copy for copy in copies if path in (copy.path, copy.copy))
    found = found or _answered_as(path, copies)
    if not found:
        raise RepositoryFailedError(
            f"no conflict waits in {file}", hint="`autosyncctl conflicts` lists those that do"
        )
    return found
