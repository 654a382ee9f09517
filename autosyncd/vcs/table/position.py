"""Where one working copy stands, as far as it is known."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from autosyncd.core.plan import Relation
from autosyncd.errors import ToolError
from autosyncd.vcs.base import CommitInfo, Settled, Standing
from autosyncd.vcs.table.around import detour
from autosyncd.vcs.table.heads import head_in
from autosyncd.vcs.table.listing import matching
from autosyncd.vcs.table.scope import Scope
from autosyncd.vcs.table.tool import Tool

UNKNOWN = ""
"""The id of commits of tools that have no command to tell one."""


@dataclass(slots=True)
class Position:
    """`last` is the last commit, `tip` the remote's when it was last asked; `ahead` and `behind`
    count what each side has more. `url` is None until it was asked for, and empty for none.
    `theirs` is which of the remote's commits to merge, for tools that have several in one place,
    `repository` where that is; both empty where the table does not ask.
    `settled` are the conflicts that were settled and not told yet."""

    tool: Tool
    scope: Scope
    url: str | None = None
    last: CommitInfo | None = None
    tip: str | None = None
    ahead: int = 0
    behind: int = 0
    theirs: str = ""
    repository: str = ""
    settled: tuple[Settled, ...] = ()

    @property
    def root(self) -> Path:
        """The working copy's root."""
        return self.scope.root

    def values(self) -> dict[str, bytes]:
        """What commands may name."""
        found = {
            "url": self.url or "",
            "tip": self.theirs,
            "repository": self.repository,
            "id": self.last.id if self.last else "",
        }
        return {name: text.encode("utf-8", "surrogateescape") for name, text in found.items()}

    def standing(self, unfinished: str, *, commit_only: bool) -> Standing:
        """All of it as a frozen fact."""
        relation = self._relation(commit_only=commit_only)
        remote = None if relation is Relation.NO_REMOTE else "default"
        return Standing(
            branch=None,
            remote=remote,
            url=(self.url or None) if remote else None,
            relation=relation,
            head=self.last.id if self.last else UNKNOWN,
            tip=self.tip or (UNKNOWN if self.behind else None),
            ahead=self.ahead,
            behind=self.behind,
            last_commit=self.last,
            obstacle=self._obstacle(unfinished) if unfinished else None,
            cure=self._cure() if unfinished else None,
        )

    def _obstacle(self, unfinished: str) -> str:
        name = self.tool.table.name
        if self.tool.table.unfinished_cure:
            return f"{name} says that it is: {unfinished}"
        return f"something is half done: {unfinished}"

    def _cure(self) -> str:
        return self.tool.table.unfinished_cure or f"finish or undo it with {self.tool.table.name}"

    def _relation(self, *, commit_only: bool) -> Relation:
        table = self.tool.table
        nowhere = not (table.push or table.pull) or commit_only
        if nowhere or (table.remote_url and not self.url):
            return Relation.NO_REMOTE
        if self.behind:
            return Relation.DIVERGED if self.ahead else Relation.BEHIND
        return Relation.AHEAD if self.ahead and table.push else Relation.SAME

    async def ask_head(self) -> CommitInfo | None:
        """The last commit; of one that we made we know more than the tool tells."""
        table = self.tool.table
        try:
            head = head_in(await self.tool.answer("head", self.root), table.head_line)
        except ToolError:
            way = await detour(self.tool, self.scope)
            if way is None:
                raise
            head = _numbered(way.survey.newest)
        return self.last if head and self.last and head.id == self.last.id else head

    async def ask_places(self) -> None:
        """Find out where the remote is, and where the repository."""
        table = self.tool.table
        if table.repository:
            text = await self.tool.output(table.repository, self.root)
            self.repository = text.removesuffix("\n")
        await self._ask_url()

    async def unfinished(self) -> str:
        """What the user has begun with the tool and not ended, as the tool says it."""
        table = self.tool.table
        if not table.unfinished:
            return ""
        text = await self.tool.answer("unfinished", self.root)
        return ", ".join(one[0].strip() for one in matching(text, table.unfinished_line))

    async def _ask_url(self) -> None:
        table = self.tool.table
        if not table.remote_url:
            self.url = ""
            return
        try:
            text = await self.tool.answer("remote_url", self.root)
        except ToolError:
            self.url = ""  # no remote has been set
            return
        url = text.strip().split("\n")[0].strip()
        relative = url.startswith(("./", "../"))
        self.url = os.path.normpath(self.root / url) if relative else url


def _numbered(number: int | None) -> CommitInfo | None:
    """A commit of which nobody says when it was made: now is when it was seen here."""
    return None if number is None else CommitInfo(str(number), time.time(), "")
