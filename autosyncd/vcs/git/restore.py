"""Brings an earlier version of a file back, as an edit like any other.

What is there now is first made sure of: where no commit has it, it gets a safety ref. Then the
old version takes its place in one instant, by the same steps as when the tree is moved, so that
whoever is just writing the file is either let finish, or found again by the sweep.
"""

import asyncio
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from autosyncd.core.messages import printable
from autosyncd.errors import RepositoryFailedError, ToolError
from autosyncd.vcs.base import OpenOptions, Restored
from autosyncd.vcs.git.attempt import apply
from autosyncd.vcs.git.auxiliary import open_auxiliary
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.objects import amend_tree, entries_at, index_info
from autosyncd.vcs.git.present import present_entry
from autosyncd.vcs.git.safety import Safety
from autosyncd.vcs.git.staging import stage
from autosyncd.vcs.git.versions import Version, find_version, head_of
from autosyncd.vcs.tree.advance import Ground, Trust
from autosyncd.vcs.tree.areas import areas
from autosyncd.vcs.tree.displaced import Generation, Manifest, Step, make_durable, new_generation
from autosyncd.vcs.tree.entry import SYMLINK, Entry
from autosyncd.vcs.tree.place import Why
from autosyncd.vcs.tree.syscalls import probe
from autosyncd.vcs.tree.threads import finish_in_thread
from autosyncd.vcs.tree.write_out import write_new_file

ATTEMPTS = 3
"""How often it is tried again when somebody changes the file meanwhile."""

_FALSE = ("false", "no", "off", "0")


@dataclass(slots=True)
class Restorer:
    """The restores of one working tree."""

    git: Git
    layout: Layout
    options: OpenOptions
    safety: Safety = field(init=False)

    def __post_init__(self) -> None:
        self.safety = Safety(self.git, self.layout)

    async def bring_back(self, path: bytes, at: str | float) -> Restored:
        """Put an earlier version in the file's place; not to be called during a move."""
        version = await find_version(self.git, path, at)
        try:
            return await self._bring_back(path, version)
        except OSError as error:
            raise ToolError(f"cannot restore {printable(path)}: {error}") from error

    async def _bring_back(self, path: bytes, version: Version) -> Restored:
        return Restored(version.commit, await self.put(path, version.entry, version.commit))

    async def put(self, path: bytes, entry: Entry | None, commit: str) -> str | None:
        """Give a path this version, of this commit, or with None none; not during a move.

        Returns the commit that has what was there and in no commit yet; None if it was in one.
        Raises RepositoryFailedError if it can't be put there now.
        """
        self.layout.own.mkdir(parents=True, exist_ok=True)
        for _ in range(ATTEMPTS):
            present = await present_entry(self.git, self.layout, path)
            if present == entry:
                return None
            kept = await self._keep(path, present)
            why = await self._replace(path, present, entry, commit, kept)
            if why is None:
                return kept
            if why not in (Why.USER_EDIT, Why.VANISHED):
                raise _refused(path, why)
        raise _refused(path, Why.USER_EDIT)

    async def put_over(
        self, path: bytes, present: Entry | None, entry: Entry | None, commit: str
    ) -> str | None:
        """As `put`, but only in place of what is known to be there; raises if it is no more."""
        self.layout.own.mkdir(parents=True, exist_ok=True)
        kept = await self._keep(path, present)
        if why := await self._replace(path, present, entry, commit, kept):
            raise _refused(path, why)
        return kept

    async def write_out(self, path: bytes, at: str | float, output: Path) -> Restored:
        """Write an earlier version to a file that does not exist yet."""
        version = await find_version(self.git, path, at)
        entry = version.entry
        if entry.mode == SYMLINK:
            content = await self.git.output("cat-file", "blob", entry.oid)
        else:
            content = await self.git.output("cat-file", "--filters", b"--path=" + path, entry.oid)
        await asyncio.to_thread(write_new_file, output, entry.mode, content)
        return Restored(version.commit)

    async def _keep(self, path: bytes, present: Entry | None) -> str | None:
        """Give what is there a commit of its own, if the branch does not have it."""
        if present is None:
            return None
        head = await head_of(self.git)
        if head and (await entries_at(self.git, head, (path,))).get(path) == present:
            return None
        base = head or self.layout.empty_tree
        index = self.layout.own / f"move-{time.time_ns()}.index"
        try:
            tree = await amend_tree(self.git, base, {path: present}, index, self.layout.zero)
        finally:
            index.unlink(missing_ok=True)
        now = time.time()
        message = f"autosync: keep {printable(path)} as it was before\n"
        auxiliary = open_auxiliary(self.git, self.layout)
        kept = await auxiliary.commit(tree, (head,) if head else (), int(now), message)
        await self.safety.keep(kept, now)
        return kept

    async def _replace(
        self,
        path: bytes,
        present: Entry | None,
        entry: Entry | None,
        commit: str,
        kept: str | None,
    ) -> Why | None:
        """Swap the versions; why not, or None if it could be done."""
        base = kept or await head_of(self.git)
        area = areas(self.layout.root, self.layout.own, [path])[path]
        step = Step(0, path, present, entry, area)
        generation = new_generation(self.layout)
        manifest = Manifest(base, commit, (step,))
        try:
            await asyncio.to_thread(generation.plan, manifest)
            manifest = await self._stage(generation, manifest)
            await finish_in_thread(threading.Event(), make_durable, generation, manifest)
        except BaseException:
            generation.drop_incomplete()
            raise
        ground = await self._ground(generation, area)
        try:
            report = await apply(self.git, ground, manifest.steps)
        finally:
            await finish_in_thread(threading.Event(), generation.tidy, manifest.steps)
        return report.skipped[0].why if report.skipped else None

    async def _stage(self, generation: Generation, manifest: Manifest) -> Manifest:
        """Check the version out as the branch's attributes say."""
        index = generation.folder / "index"
        (step,) = manifest.steps
        await self.git.output("read-tree", await self._head_tree(), index=index)
        listing = index_info([(step.path, step.new)], self.layout.zero)
        await self.git.output("update-index", "-z", "--index-info", stdin=listing, index=index)
        try:
            return await stage(self.git, self.layout, generation, manifest, index, frozenset())
        finally:
            index.unlink(missing_ok=True)

    async def _head_tree(self) -> str:
        return await head_of(self.git) or self.layout.empty_tree

    async def _ground(self, generation: Generation, area: bytes | None) -> Ground:
        able = {area: await asyncio.to_thread(probe, generation.area(area))}
        trust = Trust(
            file_mode=await self._believes("core.filemode"),
            symlinks=await self._believes("core.symlinks"),
        )
        layout = self.layout
        return Ground(generation, layout.object_format, able, trust, layout.below, _pass)

    async def _believes(self, key: str) -> bool:
        said = await self.git.run("config", "--type=bool", key)
        return said.stdout.strip() != b"false"


def _pass(_name: str) -> None:
    """The checkpoint of everyday life."""


def _refused(path: bytes, why: Why) -> RepositoryFailedError:
    return RepositoryFailedError(
        f"cannot replace {printable(path)}: {why.value}",
        hint="try again when that is over (`restore --output FILE` writes elsewhere)",
    )
