"""Where a working copy stands, without asking the remote."""

import json
from dataclasses import dataclass
from typing import Any

from autosyncd.errors import NeedsUserError
from autosyncd.vcs.base import Left, Relation, Standing
from autosyncd.vcs.hg.command import Hg
from autosyncd.vcs.hg.commit import commit_info
from autosyncd.vcs.hg.failures import failure
from autosyncd.vcs.hg.layout import Layout
from autosyncd.vcs.hg.notes import Notes
from autosyncd.vcs.hg.states import LOST, MERGING, Business, unfinished

DEFAULT = "default"
"""The path that Mercurial pulls from and pushes to."""

_FILTERS = ("largefiles", "eol", "keyword", "win32text", "win32mbcs", "narrow", "sparse")
"""Extensions with which what is on disk is not what is stored."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A remote: its name in `hg paths`, and where to pull from and push to."""

    name: str
    url: str
    push_url: str


@dataclass(frozen=True, slots=True)
class Position:
    """The branch that is synced, a bookmark where one is active, and the commit that the working
    copy holds. `pushable` may be given to others; a secret commit may not."""

    branch: str
    bookmark: str
    head: str | None
    pushable: tuple[str, ...]
    public: str | None

    @property
    def label(self) -> str:
        """What people call it."""
        return self.bookmark or self.branch


@dataclass(slots=True)
class Inspector:
    """Tells where one working copy stands; `wanted` is the remote of the settings."""

    hg: Hg
    layout: Layout
    wanted: str | None
    notes: Notes
    _roots: tuple[str, ...] = ()

    async def inspect(self) -> Standing:
        """Where it stands; raises NeedsUserError if it is gone."""
        if not self.layout.control.is_dir():
            raise NeedsUserError(
                f"{self.layout.root} is no Mercurial repository any more",
                hint="bring its .hg back, or remove it from the configuration",
            )
        await self.check_settings()
        remote = await self.remote()
        facts = await self.hg.ask("standing", tip=None)
        business = self._business(facts)
        if business and (facts["merging"] or "lost" in facts):
            return _obstructed(remote, business.what, business.cure)
        position = position_of(facts)
        tip = self.tip(remote, position)
        if tip:
            facts = await self.hg.ask("standing", tip=tip)
        if not self._roots:
            self._roots = tuple(await self.hg.ask("roots"))
        standing = self._standing(remote, position, facts, tip)
        if business:
            return _obstructed(remote, business.what, business.cure, standing)
        if await self._went_back(position):
            cure = f"`hg update {position.label}` goes on, a commit by hand begins a new line"
            return _obstructed(remote, "an older commit is checked out", cure, standing)
        return standing

    def tip(self, remote: Remote | None, position: Position) -> str | None:
        """What the remote is known to have: what it said, or what could not be public else."""
        if remote is None:
            return None
        if self.notes.asked(remote.url, position.label):
            return self.notes.tip(remote.url, position.label)
        return position.public

    async def position(self) -> Position:
        """Where it is; raises NeedsUserError while the user is in the middle of something."""
        facts = await self.hg.ask("standing", tip=None)
        if business := self._business(facts):
            raise NeedsUserError(business.what, hint=business.cure)
        return position_of(facts)

    def _business(self, facts: Any) -> Business | None:
        """What the user has not finished: an unshelve, too, has two parents meanwhile."""
        if "lost" in facts:
            return LOST
        return unfinished(self.layout.control) or (MERGING if facts["merging"] else None)

    async def remote(self) -> Remote | None:
        """The remote that is used; None if there is none."""
        if self.wanted == "none":
            return None
        said = await self.hg.setting("paths", "-Tjson")
        if said.returncode:
            raise failure("read the paths", said)
        paths = {entry["name"]: entry for entry in json.loads(said.stdout)}
        name = self.wanted or DEFAULT
        if name not in paths:
            if self.wanted:
                raise NeedsUserError(
                    f"there is no path '{name}'", hint=f"name it under [paths] in {self._hgrc}"
                )
            return None
        pushes = paths.get("default-push") if name == DEFAULT else None
        push_url = pushes["url"] if pushes else paths[name].get("pushurl") or paths[name]["url"]
        return Remote(name, paths[name]["url"], push_url)

    async def check_settings(self) -> None:
        """Raises NeedsUserError where Mercurial is set up so that files are not what is stored."""
        said = await self.hg.setting("config", "-Tjson", "extensions", "encode", "decode")
        found = json.loads(said.stdout) if said.stdout.strip() else []
        for entry in found:
            section, _, name = entry["name"].partition(".")
            if section != "extensions" or (
                name.rpartition(".")[2] in _FILTERS and not entry["value"].startswith("!")
            ):
                raise NeedsUserError(
                    f"cannot sync {self.layout.root}: `{entry['name']}` is set, and with it files "
                    "are not what Mercurial stores",
                    hint=f"turn it off in {self._hgrc}",
                )

    async def _went_back(self, position: Position) -> bool:
        """Whether the user has checked out an older commit than the last one we saw."""
        last = self.notes.head(position.label)
        if position.head is None or position.head == last:
            return False
        if last and await self.hg.ask("visible", commit=last):
            older = await self.hg.ask("contains", ancestor=position.head, descendant=last)
            if older:
                return True
        self.notes.set_head(position.label, position.head)
        return False

    def _standing(
        self, remote: Remote | None, position: Position, facts: Any, tip: str | None
    ) -> Standing:
        last = facts["last"]
        return Standing(
            branch=position.label,
            remote=remote.name if remote else None,
            url=remote.push_url if remote else None,
            relation=_relation(remote, position, facts, tip),
            head=position.head,
            tip=tip,
            ahead=facts["ahead"] if remote else 0,
            behind=facts["behind"] if remote and tip else 0,
            last_commit=commit_info(last) if last else None,
            roots=self._roots,
            withheld=_withheld(facts["secret"]) if remote else (),
        )

    @property
    def _hgrc(self) -> str:
        return str(self.layout.control / "hgrc")


def position_of(facts: Any) -> Position:
    """Where it is, from what the extension says."""
    return Position(
        facts["branch"],
        facts["bookmark"],
        facts["head"],
        tuple(facts["pushable"]),
        facts["public"],
    )


def _withheld(secret: int) -> tuple[Left, ...]:
    """What Mercurial's phases keep from being pushed."""
    if not secret:
        return ()
    why = "a secret commit stays here" if secret == 1 else f"{secret} secret commits stay here"
    return (Left(b".", why, "`hg phase --draft -r .` lets them go out"),)


def _relation(remote: Remote | None, position: Position, facts: Any, tip: str | None) -> Relation:
    if remote is None:
        return Relation.NO_REMOTE
    if tip is None:
        return Relation.UNPUBLISHED if position.pushable else Relation.UNBORN
    match bool(facts["ahead"]), bool(facts["behind"]):
        case True, True:
            return Relation.DIVERGED
        case True, False:
            return Relation.AHEAD
        case False, True:
            return Relation.BEHIND
        case _:
            return Relation.SAME


def _obstructed(
    remote: Remote | None, what: str, cure: str, standing: Standing | None = None
) -> Standing:
    return Standing(
        branch=standing.branch if standing else None,
        remote=remote.name if remote else None,
        url=remote.push_url if remote else None,
        relation=standing.relation if standing else Relation.NO_REMOTE,
        head=standing.head if standing else None,
        tip=standing.tip if standing else None,
        last_commit=standing.last_commit if standing else None,
        obstacle=what,
        cure=cure,
    )
