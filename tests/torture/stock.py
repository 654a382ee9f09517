"""The control: the same engine, but with git's own way of moving a working tree."""

from autosyncd.errors import EditedError, RetryError
from autosyncd.vcs.base import OpenOptions, Repository
from autosyncd.vcs.git.backend import GitBackend
from autosyncd.vcs.git.discover import discover
from autosyncd.vcs.git.repository import GitRepository


class StockRepository(GitRepository):
    """Moves by `git merge --ff-only`; what that refuses to overwrite is committed and merged."""

    async def move(self, target: str, branch: str | None = None) -> int:
        """Fast-forward as most tools of this kind do."""
        done = await self._git.run("merge", "--ff-only", "-q", target)
        if done.returncode == 0:
            return 1
        dirty = await self._git.output("diff-files", "-z", "--name-only")
        if paths := frozenset(dirty.split(b"\0")) - {b""}:
            raise EditedError("git merge refused", paths)
        raise RetryError(done.complaint)


class StockBackend(GitBackend):
    """Opens such repositories."""

    async def open(self, options: OpenOptions) -> Repository:
        """Open the working copy at `options.path`."""
        git, layout = await discover(options.path, options.slots, options.environment)
        return StockRepository(git, layout, options)
