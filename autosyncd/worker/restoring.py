"""Brings back earlier versions of files, and of all files of a folder."""

import os
from pathlib import Path

from autosyncd.api.operands import operands
from autosyncd.api.types import KeptVersion, RestoreResult
from autosyncd.core.messages import printable
from autosyncd.errors import AutosyncError, RepositoryFailedError, UsageError
from autosyncd.vcs.base import FolderThen, Repository
from autosyncd.vcs.tree.write_out import check_outside_of_git
from autosyncd.worker.past import absolute, path_in
from autosyncd.worker.worker import Worker

SHOWN = 3
"""How many of the versions that were not committed yet an error names."""


async def restore(worker: Worker, file: str, at: str | float, output: str | None) -> RestoreResult:
    """Bring back an earlier version of a file, or of a folder's files; the worker then commits
    it. What came into the folder later stays."""
    repository = worker.opened()
    path = path_in(repository, file)
    if not path:
        raise UsageError(
            f"cannot restore {file}: it is a whole repository", hint="name a file or folder in it"
        )
    target = None if output is None else absolute(output)
    if folder := await repository.folder_at(path, at):
        return await _restore_folder(worker, folder, path, (file, target))
    restored = await repository.restore(path, at, target)
    if target is None:
        worker.rewritten(path)
    return RestoreResult(file=output or file, commit=restored.commit, kept=restored.kept)


async def _restore_folder(
    worker: Worker, folder: FolderThen, path: bytes, where: tuple[str, Path | None]
) -> RestoreResult:
    """One file after the other: one that can't be replaced now does not stop the others."""
    file, target = where
    repository = worker.opened()
    if target is not None:
        check_outside_of_git(target / "file")
        _make(target)
    kept: list[KeptVersion] = []
    failed: list[str] = []
    for name in folder.files:
        beside = target / os.fsdecode(name[len(path) + 1 :]) if target else None
        try:
            commit = await _restore_one(worker, name, folder.commit, beside)
        except AutosyncError as error:
            failed.append(error.message)
            continue
        if commit:
            kept.append(KeptVersion(file=_shown(repository, name), commit=commit))
    if failed:
        done = len(folder.files) - len(failed)
        raise RepositoryFailedError(
            f"cannot restore all of {printable(path)}: {failed[0]} ({done} files were restored, "
            f"{len(failed)} not)",
            hint="run it again when that is over: what is restored already stays as it is"
            + _where_kept(kept),
        )
    return RestoreResult(
        file=str(target) if target else file,
        commit=folder.commit,
        files=len(folder.files),
        kept_files=tuple(kept),
    )


async def _restore_one(worker: Worker, name: bytes, commit: str, beside: Path | None) -> str | None:
    """Returns the commit that keeps what was there and in no other."""
    if beside is not None:
        _make(beside.parent, again=True)
    restored = await worker.opened().restore(name, commit, beside)
    if beside is None:
        worker.rewritten(name)
    return restored.kept


def _where_kept(kept: list[KeptVersion]) -> str:
    if not kept:
        return ""
    shown = (f"`autosyncctl restore --at {k.commit[:12]} {operands(k.file)}`" for k in kept[:SHOWN])
    more = f" and {len(kept) - SHOWN} more in refs/autosync/backup" if len(kept) > SHOWN else ""
    what = "what was there and not committed yet is kept for 30 days"
    return f"; {what}: {', '.join(shown)}{more}"


def _make(folder: Path, *, again: bool = False) -> None:
    try:
        folder.mkdir(parents=again, exist_ok=again)
    except OSError as error:
        raise RepositoryFailedError(
            f"cannot write {folder}: {error.strerror}",
            hint="name a new folder in one that exists",
        ) from error


def _shown(repository: Repository, name: bytes) -> str:
    return str(repository.root / os.fsdecode(name))
