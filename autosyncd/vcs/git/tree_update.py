"""Brings the working tree to a commit, attempt by attempt, and clears what stays in its way."""

import time
from dataclasses import dataclass, field

from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.mover import move_tree, put_aside
from autosyncd.vcs.git.safety import Safety
from autosyncd.vcs.tree.aside_list import AsideList
from autosyncd.vcs.tree.obstacles import Obstacles


@dataclass(slots=True)
class TreeUpdate:
    """The updates of one working tree; `host` names what is moved aside."""

    git: Git
    layout: Layout
    host: str
    safety: Safety
    asides: AsideList
    _obstacles: Obstacles = field(init=False)

    def __post_init__(self) -> None:
        self._obstacles = Obstacles(self.layout.root, self._ignored, self._put_aside)

    @property
    def in_use(self) -> set[bytes]:
        """Paths that their programs do not let go of: our version keeps the name."""
        return self._obstacles.in_use

    async def move(self, branch: str, old: str | None, new: str) -> int:
        """Move tree, index and branch; returns how many paths changed.

        Raises EditedError for paths to commit first, RetryError when a later attempt may succeed,
        NeedsUserError when none will.
        """
        await self.safety.keep(old, time.time())
        placed = self._obstacles.placed
        moved = await move_tree(self.git, self.layout, branch, old, new, ours=placed)
        return await self._obstacles.after(moved)

    def ours(self, path: bytes) -> bool:
        """Whether a path is exactly as an update left it, so that nobody has changed it since."""
        return self._obstacles.ours(path)

    async def _put_aside(self, path: bytes) -> bytes | None:
        aside = await put_aside(self.layout, path, self.host)
        if aside is not None:
            self.asides.add(aside, path)
        return aside

    async def _ignored(self, path: bytes) -> bool:
        environment = {"GIT_LITERAL_PATHSPECS": "0"}
        said = await self.git.run("check-ignore", "-q", "--", path, environment=environment)
        return said.returncode != 1
