"""Where a repository stands, without asking the remote and without looking at the tree."""

import os
import re
import shlex
from dataclasses import dataclass, field

from autosyncd.errors import AwayError
from autosyncd.vcs.base import Relation, Standing
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.commits import Commits, Facts
from autosyncd.vcs.git.index_memory import IndexMemory
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.refs import branch_ref, current_branch, read_ids
from autosyncd.vcs.git.roots import Roots
from autosyncd.vcs.git.seen import Tip, find_tip
from autosyncd.vcs.git.settings import ConfigReader, GitConfig
from autosyncd.vcs.git.states import UNMERGED, Business, detached, long_locked, unfinished
from autosyncd.vcs.git.upstream import Upstream, choose_upstream
from autosyncd.vcs.tree.signature import Signature, signature_at

_REMOTE = re.compile(r"(?P<name>[^\t]+)\t(?P<url>.*) \((?P<way>fetch|push)\)(?: \[.*\])?")


@dataclass(frozen=True, slots=True)
class View:
    """All that is read of a repository in one go; `tracking` and `seen` are ids of commits, and
    None where there are no such refs."""

    config: GitConfig
    branch: str
    upstream: Upstream | None
    head: Facts | None = None
    tracking: str | None = None
    seen: str | None = None
    tip: Tip = field(default_factory=lambda: Tip(None))

    @property
    def head_id(self) -> str | None:
        return self.head.id if self.head else None


@dataclass(slots=True)
class Inspector:
    """Reads where a repository stands; remembers answers for as long as they must hold."""

    git: Git
    layout: Layout
    wish: str | None
    config: ConfigReader
    commits: Commits
    memory: IndexMemory
    _device: int = field(init=False)
    _roots: Roots = field(init=False)
    _urls: tuple[GitConfig, dict[tuple[str, bool], str | None]] | None = None
    _counts: tuple[tuple[str, str], tuple[int, int]] | None = None
    _unmerged: tuple[Signature, bool] | None = None

    def __post_init__(self) -> None:
        self._device = self._folder().st_dev
        self._roots = Roots(self.git, self.layout)

    async def inspect(self) -> Standing:
        """Where the repository stands; raises AwayError if it is gone."""
        self._check_place()
        branch = await current_branch(self.git, self.layout)
        if branch is None:
            return await self._detached()
        view = await self.view(branch)
        ahead, behind = await self._count(view.head_id, view.tip.commit)
        business = await self._business()
        return Standing(
            branch=branch,
            remote=view.upstream.remote if view.upstream else None,
            url=await self.url(view, push=True),
            relation=relation(view.upstream, view.head_id, view.tip.commit, ahead, behind),
            head=view.head_id,
            tip=view.tip.commit,
            ahead=ahead,
            behind=behind,
            last_commit=view.head.info if view.head else None,
            obstacle=business.what if business else None,
            cure=business.cure if business else None,
            roots=await self._roots.of(view.head_id),
        )

    async def view(self, branch: str) -> View:
        """Read the branch, its upstream, and what the remote had."""
        config = await self.config.read()
        upstream = choose_upstream(config, self.wish, branch)
        names = (upstream.tracking, upstream.seen) if upstream else ()
        refs = await read_ids(self.git, self.layout, branch_ref(branch), *names)
        here = refs.get(branch_ref(branch))
        tracking, seen = (refs.get(name) for name in names) if upstream else (None, None)
        await self.commits.facts(*(oid for oid in (here, tracking) if oid))
        head = (await self.commits.facts(here))[0] if here else None
        tip = await find_tip(self.commits, seen, tracking, here)
        return View(config, branch, upstream, head, tracking, seen, tip)

    def _folder(self) -> os.stat_result:
        folder = self.layout.root / os.fsdecode(self.layout.below)
        try:
            return folder.stat()
        except OSError as error:
            raise AwayError(
                f"the folder {folder} is gone ({error.strerror}); nothing is committed",
                hint="mount or restore it, or remove it from the configuration",
            ) from error

    def _check_place(self) -> None:
        """An unmounted disk would look like a folder in which everything was deleted."""
        if self._folder().st_dev != self._device:
            raise AwayError(
                f"{self.layout.root} is on another file system than before; nothing is committed",
                hint="mount the right disk there; if it was moved for good: "
                f"`autosyncctl approve {shlex.quote(os.fspath(self.layout.root))}`",
                approvable=True,
            )
        if not (self.layout.git_dir / "HEAD").is_file():
            raise AwayError(
                f"{self.layout.root} is no git repository any more; nothing is committed",
                hint=f"restore {self.layout.git_dir}, or remove it from the configuration",
            )

    async def _detached(self) -> Standing:
        """A rebase detaches HEAD, too: that is the better explanation."""
        business = await self._business() or detached(await self._only_branch())
        return Standing(
            branch=None,
            remote=None,
            url=None,
            relation=Relation.NO_REMOTE,
            obstacle=business.what,
            cure=business.cure,
        )

    async def _only_branch(self) -> str:
        """The branch to go back to, where there is no choice."""
        names = ("--count=2", "--format=%(refname:lstrip=2)", "refs/heads/")
        found = os.fsdecode(await self.git.output("for-each-ref", *names)).splitlines()
        return shlex.quote(found[0]) if len(found) == 1 else "BRANCH"

    async def _business(self) -> Business | None:
        found = unfinished(self.layout) or long_locked(self.layout)
        if found is None and await self._has_unmerged():
            return UNMERGED
        return found

    def wrote_index(self, signature: Signature | None) -> None:
        """We have just written the index: nothing in it is unmerged, without looking."""
        self._unmerged = (signature, False) if signature else None

    async def _has_unmerged(self) -> bool:
        """After a conflicting `stash pop` such entries are the only sign."""
        signature = signature_at(self.layout.index)
        if signature is None or self.memory.commit_of(signature):
            return False
        if self._unmerged is None or not signature.unwritten(self._unmerged[0]):
            out = await self.git.output("ls-files", "-z", "--unmerged")
            self._unmerged = (signature, bool(out))
        return self._unmerged[1]

    async def _count(self, head: str | None, tip: str | None) -> tuple[int, int]:
        """How many commits each side has that the other lacks."""
        if not head or not tip or head == tip:
            return 0, 0
        if self._counts is None or self._counts[0] != (head, tip):
            self._counts = ((head, tip), await self.commits.apart(head, tip))
        return self._counts[1]

    async def url(self, view: View, *, push: bool) -> str | None:
        """Where the remote of a branch is; None where there is none."""
        if view.upstream is None or not view.upstream.known:
            return None
        name = view.upstream.remote
        if self._urls is None or self._urls[0] != view.config:
            self._urls = (view.config, {})
        urls = self._urls[1]
        if (name, push) not in urls:
            urls |= _urls(await self.git.output("remote", "-v"))
        return urls.get((name, push))


def _urls(out: bytes) -> dict[tuple[str, bool], str | None]:
    """What `git remote -v` prints, for fetches and pushes; of several URLs the first one."""
    found: dict[tuple[str, bool], str | None] = {}
    for match in map(_REMOTE.fullmatch, os.fsdecode(out).split("\n")):
        if match:
            found.setdefault((match["name"], match["way"] == "push"), match["url"])
    return found


def relation(
    upstream: Upstream | None, head: str | None, tip: str | None, ahead: int, behind: int
) -> Relation:
    """How two sides stand to each other, from their tips and what each one lacks."""
    if upstream is None:
        return Relation.NO_REMOTE
    if tip is None:
        return Relation.UNPUBLISHED if head else Relation.UNBORN
    if head is None:
        return Relation.BEHIND
    if ahead:
        return Relation.DIVERGED if behind else Relation.AHEAD
    return Relation.BEHIND if behind else Relation.SAME
