"""What users ask of a repository's past: conflict copies, history, earlier versions.

These are the user's own questions: they are answered also while the repository is paused.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from autosyncd.api.types import (
    ConflictCopyFound,
    ConflictsResult,
    HistoryResult,
    PastCommit,
)
from autosyncd.errors import AutosyncError, RepositoryFailedError, UsageError
from autosyncd.vcs.base import ConflictCopy, Past, Repository
from autosyncd.worker.worker import Worker


async def conflicts(workers: Sequence[Worker], *, named: bool) -> ConflictsResult:
    """The conflict copies of these repositories; one that was named must be readable."""
    found: list[ConflictCopyFound] = []
    unknown = []
    for worker in workers:
        try:
            repository = worker.opened()
            copies = await repository.conflict_copies()
        except AutosyncError:
            if named:
                raise
            unknown.append(worker.name)
        else:
            found += [_copy(worker.name, repository, copy) for copy in copies]
    return ConflictsResult(conflicts=tuple(found), unknown=tuple(unknown))


async def history(worker: Worker, file: str | None, limit: int) -> HistoryResult:
    """The automatic commits of a repository, or all commits of a file in it."""
    repository = worker.opened()
    path = None if file is None else path_in(repository, file)
    commits = await repository.history(path, limit)
    return HistoryResult(commits=tuple(map(_commit, commits)))


def path_in(repository: Repository, file: str) -> bytes:
    """The path of a file relative to the root, empty for the root. The file may be a link, and
    need not exist; the folders that lead to it are followed."""
    given = absolute(file)
    try:
        full = given.parent.resolve() / given.name
        return _relative(full, repository.root)
    except ValueError:
        pass
    except (OSError, RuntimeError) as error:
        raise RepositoryFailedError(f"cannot tell where {file} is: {error}") from error
    if given.resolve() == repository.root:
        return b""
    raise RepositoryFailedError(
        f"{file} lies outside of the repository {repository.root}",
        hint="name it without symbolic links that lead elsewhere",
    )


def _relative(full: Path, root: Path) -> bytes:
    return b"" if full == root else os.fsencode(full.relative_to(root))


def absolute(file: str) -> Path:
    """The path, if it is one that the daemon and its client understand alike."""
    if not file.startswith("/") or "\0" in file:
        raise UsageError(f"cannot use '{file[:200]}': the path must be absolute")
    return Path(os.path.normpath(file))


def _copy(name: str, repository: Repository, copy: ConflictCopy) -> ConflictCopyFound:
    info = copy.info
    return ConflictCopyFound(
        repository=name,
        root=str(repository.root),
        path=_text(copy.path),
        copy=_text(copy.copy),
        time=info.time if info else None,
        host=copy.host,
        commit=info.id if info else None,
        subject=info.subject if info else None,
        original_exists=copy.original_exists,
        differs=copy.differs,
    )


def _commit(past: Past) -> PastCommit:
    return PastCommit(
        id=past.info.id,
        time=past.info.time,
        subject=past.info.subject,
        host=past.host,
        paths=tuple(map(_text, past.paths)),
        more=past.more,
    )


def _text(path: bytes) -> str:
    """Bytes that are no UTF-8 become surrogates here, and U+FFFD in JSON."""
    return os.fsdecode(path)
