"""Keeps one repository usable: orphans, stale locks and damage, at its opening and later."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from autosyncd.errors import (
    AutosyncError,
    EditedError,
    NeedsUserError,
    RejectedError,
    RetryError,
    ToolError,
)
from autosyncd.vcs.git.command import Git, GitError
from autosyncd.vcs.git.cut_off import restore_cut_off
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.lock import locked_since
from autosyncd.vcs.git.processes import end_orphans
from autosyncd.vcs.git.remote import is_local
from autosyncd.vcs.git.repair import repair
from autosyncd.vcs.git.stale_locks import StaleLocks
from autosyncd.vcs.tree.storage import storage_error, storage_trouble

_LOCKED = ".lock': File exists"


class HasHealth(Protocol):
    """A repository that is kept usable."""

    health: "Health"


_Self = TypeVar("_Self", bound=HasHealth)
_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def watched(
    method: Callable[Concatenate[_Self, _Arguments], Coroutine[Any, Any, _Result]],
) -> Callable[Concatenate[_Self, _Arguments], Coroutine[Any, Any, _Result]]:
    """Whatever fails in a method because of a lock is seen to, for the next try."""

    @wraps(method)
    async def call(self: _Self, /, *args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        async with self.health.watch():
            return await method(self, *args, **kwargs)

    return call


@dataclass(slots=True)
class Health:
    """Of one working copy; `push_url` says where its pushes go."""

    git: Git
    layout: Layout
    push_url: Callable[[], Awaitable[str | None]]
    _locks: StaleLocks = field(init=False)
    _remote: tuple[Path, StaleLocks] | None = None

    def __post_init__(self) -> None:
        layout = self.layout
        folders = (layout.root, layout.git_dir, layout.common_dir)
        self._locks = StaleLocks(
            layout.git_dir, layout.common_dir, folders, before_index=self._restore
        )

    async def recover(self) -> str | None:
        """Make the repository sound; returns what was mended, if it was damaged.

        Raises NeedsUserError if it can't be.
        """
        layout = self.layout
        await end_orphans((layout.root, layout.git_dir, layout.common_dir))
        await self._locks.clear()
        try:
            return await repair(self.git, layout)
        except RetryError as error:
            raise NeedsUserError(error.message, hint=error.hint) from error

    async def look_at_lock(self) -> None:
        """If the index is locked: perhaps by nobody."""
        if locked_since(self.layout.index) is not None:
            await self._locks.clear()

    @asynccontextmanager
    async def watch(self) -> AsyncIterator[None]:
        """See to the locks that something in here met."""
        try:
            yield
        except EditedError:
            raise
        except RejectedError:
            await self._clear_remote()
            raise
        except RetryError:
            await self._locks.clear()
            raise
        except ToolError as error:
            raise await self._explained(error) from error
        except OSError as error:
            problem = storage_error(error, "work in the repository")
            raise problem or ToolError(f"cannot work in the repository: {error}") from error

    async def _explained(self, error: ToolError) -> AutosyncError:
        """What the failure of a program means."""
        said = error.finished.complaint if isinstance(error, GitError) else error.message
        if _LOCKED in said and await self._locks.clear():
            return RetryError(error.message, hint="a stale lock was moved away")
        if isinstance(error.__cause__, OSError):
            return storage_error(error.__cause__, "work in the repository") or error
        return storage_trouble(said, "work in the repository") or error

    async def _restore(self) -> None:
        await restore_cut_off(self.git, self.layout)

    async def _clear_remote(self) -> None:
        """A remote that is a folder has nobody else who would look after its locks."""
        folder = _folder_of(await self.push_url(), self.layout.root)
        if folder is None:
            return
        if self._remote is None or self._remote[0] != folder:
            self._remote = (folder, StaleLocks(folder, folder, (folder,)))
        await self._remote[1].clear()


def _folder_of(url: str | None, root: Path) -> Path | None:
    """The git directory of a remote that is a path, if we may write there."""
    if url is None or not is_local(url):
        return None
    folder = (root / url.removeprefix("file://")).resolve()
    candidates = (folder / ".git", folder, folder.with_name(folder.name + ".git"))
    found = next((path for path in candidates if (path / "HEAD").is_file()), None)
    return found if found and os.access(found, os.W_OK) else None
