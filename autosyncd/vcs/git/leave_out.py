"""The way out when the server refuses a push for the size of a file: everything else goes out.

What was never published is made again without those versions, which the file's owner keeps on
disk, where they are held from then on. The commits as they were stay under `refs/autosync/held/`,
and are never removed by us.
"""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from autosyncd.errors import RetryError
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.objects import difference, parse_difference
from autosyncd.vcs.git.on_disk import as_on_disk
from autosyncd.vcs.git.oversize import Blob, refused_blobs
from autosyncd.vcs.git.private_index import PrivateIndex
from autosyncd.vcs.git.publish import MovedError, Publication, publish
from autosyncd.vcs.git.refs import branch_ref, read_refs
from autosyncd.vcs.git.refusals import Refusals
from autosyncd.vcs.git.replay import CannotReplayError, Replay
from autosyncd.vcs.tree.entry import Entry

HELD = "refs/autosync/held/"
ATTEMPTS = 5
"""How often it is begun anew when a commit was made meanwhile: trying again later would send all of
the file to the remote once more."""

MOST = 500
"""Commits that are made again at most: more are not what one machine did between two pushes."""

_BATCH_CHECK = "--batch-check=%(objecttype) %(objectsize) %(objectsize:disk)"

log = logging.getLogger(__name__)


@dataclass(slots=True)
class LeaveOut:
    """Takes what a remote refuses out of what one working tree has not published yet. Tests hook
    into its steps with `at`."""

    git: Git
    layout: Layout
    at: Callable[[str], None] = lambda _step: None
    refusals: Refusals = field(init=False)

    def __post_init__(self) -> None:
        self.refusals = Refusals(self.layout.own / "refused.json")

    async def run(
        self, branch: str, tip: str | None, complaint: str, *, signs: bool
    ) -> frozenset[bytes]:
        """Move the branch to commits without what the complaint is about; returns the paths.

        None if it can't be told what that is, or if those commits should stay as they are: since
        they were published, are in another branch or tag, very many, or signed by hand. Raises
        RetryError while somebody uses git.
        """
        for _ in range(ATTEMPTS):
            try:
                return await self._attempt(branch, tip, complaint, signs=signs)
            except MovedError:
                continue
        raise RetryError("somebody keeps using git here", hint="this passes by itself")

    async def _attempt(
        self, branch: str, tip: str | None, complaint: str, *, signs: bool
    ) -> frozenset[bytes]:
        head = (await read_refs(self.git, branch_ref(branch))).get(branch_ref(branch))
        if head is None:
            return frozenset()
        unpublished = (head.commit.id, "--not", "--remotes", *((tip,) if tip else ()))
        chosen = refused_blobs(await self._blobs(unpublished), complaint)
        if not chosen:
            return frozenset()
        commits = await self._commits(unpublished)
        if len(commits) > MOST:
            return frozenset()
        chosen = await self._everywhere(commits, chosen)
        new = await self._made_again(unpublished, commits, chosen, signs=signs)
        if new is None:
            return frozenset()
        await self._replace(branch, head.commit.id, new, chosen)
        paths = frozenset(blob.path for blob in chosen)
        shown = ", ".join(path.decode("utf-8", "backslashreplace") for path in sorted(paths)[:5])
        log.info("%s: left out, the remote refuses its size: %s", self.layout.root, shown)
        return paths

    async def _blobs(self, unpublished: Sequence[str]) -> tuple[Blob, ...]:
        """One name of each; git ends it at a newline, though."""
        objects = await self.git.output("rev-list", "--objects", *unpublished)
        listed = [line.partition(b" ") for line in objects.split(b"\n") if line]
        asked = b"".join(oid + b"\n" for oid, _, _ in listed)
        said = (await self.git.output("cat-file", _BATCH_CHECK, stdin=asked)).split(b"\n")[:-1]
        return tuple(
            Blob(oid.decode("ascii"), path, *map(int, facts.split(b" ")[1:]))
            for (oid, _, path), facts in zip(listed, said, strict=True)
            if facts.startswith(b"blob ")
        )

    async def _commits(self, unpublished: Sequence[str]) -> tuple[str, ...]:
        """Parents first."""
        listed = await self.git.output("rev-list", "--topo-order", "--reverse", *unpublished)
        return tuple(listed.decode("ascii").split())

    async def _everywhere(self, commits: Sequence[str], chosen: Sequence[Blob]) -> tuple[Blob, ...]:
        """The same at all paths at which the commits brought them, with their whole names."""
        sizes = {blob.oid: blob for blob in chosen}
        command = ("diff-tree", "--stdin", "-r", "-m", "--root", "-z", "--raw", "--no-renames")
        listing = "".join(f"{commit}\n" for commit in commits).encode()
        out = await self.git.output(*command, "--no-abbrev", "--no-commit-id", stdin=listing)
        found = {
            (one.new.oid, one.path)
            for one in parse_difference(out)
            if one.new and one.new.oid in sizes
        }
        return tuple(replace(sizes[oid], path=path) for oid, path in sorted(found))

    async def _made_again(
        self,
        unpublished: Sequence[str],
        commits: Sequence[str],
        chosen: Sequence[Blob],
        *,
        signs: bool,
    ) -> str | None:
        """The branch's new head."""
        head, *others = unpublished
        without, paths = frozenset(blob.oid for blob in chosen), {blob.path for blob in chosen}
        replay = Replay(self.git, self.layout, sorted(paths), without, signs)
        try:
            made = await replay.run(commits)
        except CannotReplayError:
            return None
        new = made.get(head)
        if new is None or await self._known_elsewhere(made.keys()):
            return None
        rest = await self._blobs((new, *others))
        return None if any(blob.oid in without for blob in rest) else new

    async def _known_elsewhere(self, commits: Iterable[str]) -> bool:
        """Whether another branch or a tag has any of them: it would still have the old ones."""
        contains = (part for commit in commits for part in ("--contains", commit))
        where = ("refs/heads", "refs/tags")
        out = await self.git.output("for-each-ref", "--format=%(refname)", *contains, *where)
        return len(out.split()) > 1

    async def _replace(self, branch: str, old: str, new: str, chosen: Sequence[Blob]) -> None:
        """Index and branch follow; the working tree is as its owner wants it."""
        kept = f"{HELD}{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{old[:12]}"
        await self.git.output("update-ref", kept, old)
        self.refusals.remember(await as_on_disk(self.git, self.layout.root, chosen))
        index = PrivateIndex(self.git, self.layout, self.layout.own / "leave-out.index")
        try:
            base = await index.copy()
            staged = await index.differences(old) if base else {}
            await index.put(await self._entries(old, new, staged.keys()))
            self.at("ready")
            await publish(self.git, index, Publication(branch, old, new, base), self.at)
        finally:
            index.clear()

    async def _entries(
        self, old: str, new: str, staged: Iterable[bytes]
    ) -> list[tuple[bytes, Entry | None]]:
        """What differs, but for what the user has staged in versions of their own."""
        theirs = frozenset(staged)
        found = await difference(self.git, old, new)
        return [(one.path, one.new) for one in found if one.path not in theirs]
