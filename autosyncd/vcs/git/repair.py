"""Brings a damaged repository to a sound state, with every file of the user left as it is.

Only what git can't use any more is moved into a quarantine. The branch becomes the newest commit
of its own record that is complete; what the tree has beyond that is committed again by the next
look. History that never reached the disk is gone, its files are not.
"""

import asyncio
import logging
import os
import re
import shlex
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from autosyncd.errors import AutosyncError, NeedsUserError
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.damage import (
    Damage,
    corrupt_objects,
    find_damage,
    head_is_sound,
    index_is_sound,
)
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.lock import locked
from autosyncd.vcs.git.quarantine import Quarantine, blank_refs, new_quarantine
from autosyncd.vcs.git.refs import branch_ref, current_branch

log = logging.getLogger(__name__)

CANDIDATES = 50
"""How many commits of the reflog are tried, newest first."""

_REF_FORMAT = "--format=%(objectname) %(refname)"


async def repair(git: Git, layout: Layout) -> str | None:
    """Look for damage and mend it; returns what was done in one sentence, None if all is well.

    Raises NeedsUserError for what can't be mended.
    """
    damage = await find_damage(git, layout)
    if not damage:
        return None
    try:
        with locked(layout.index):
            return await _Repair(git, layout, new_quarantine(layout.git_dir)).run(damage)
    except OSError as error:
        raise _beyond(layout, str(error)) from error
    except AutosyncError as error:
        if isinstance(error, NeedsUserError):
            raise
        raise _beyond(layout, error.message) from error


class _Repair:
    def __init__(self, git: Git, layout: Layout, quarantine: Quarantine) -> None:
        self._git = git
        self._layout = layout
        self._quarantine = quarantine

    async def run(self, damage: Damage) -> str:
        """Mend from the bottom up: objects, refs, branch, index."""
        await asyncio.to_thread(self._clear, damage)
        done = []
        if not await self._head_complete():
            done.append(await self._mend_branch())
        await self._drop_dangling_refs()
        if not await index_is_sound(self._git, self._layout):
            done.append(await self._mend_index())
        count = self._quarantine.count
        what = "; ".join([f"{count} damaged files are in {self._quarantine.folder}", *done])
        log.warning("%s was damaged and is mended: %s", self._layout.root, what)
        return what

    def _clear(self, damage: Damage) -> None:
        """What is empty or does not hold what its name says only keeps git from working."""
        common = self._layout.common_dir
        bad = (*damage.files, *corrupt_objects(self._layout), *blank_refs(self._layout))
        for file in dict.fromkeys(bad):
            self._quarantine.take(file, common)

    async def _head_complete(self) -> bool:
        """A branch without any commit counts."""
        if await self._unborn():
            return await head_is_sound(self._git, self._layout)
        return await self._complete("HEAD")

    async def _complete(self, commit: str, *known: str) -> bool:
        """Whether a commit's whole history, with all its files, is there."""
        walked = await self._git.run("rev-list", "--objects", "--quiet", commit, *known, "--")
        return not walked.returncode

    async def _unborn(self) -> bool:
        return bool((await self._git.run("rev-parse", "-q", "--verify", "HEAD")).returncode)

    async def _mend_branch(self) -> str:
        branch = await current_branch(self._git, self._layout)
        if branch is None:
            raise _beyond(self._layout, "HEAD is on no branch, and its commit is incomplete")
        async for commit in self._candidates(branch):
            if await self._complete(commit):
                await self._set(branch_ref(branch), commit)
                return f"{branch} is at {commit[:10]}, the newest commit that is complete"
        raise _beyond(self._layout, f"no complete commit of {branch} is left")

    async def _candidates(self, branch: str) -> AsyncIterator[str]:
        """What the branch was, newest first; else what the remotes had."""
        logs = self._layout.common_dir / "logs"
        ref = branch_ref(branch)
        told: set[str] = set()
        for source in (_reflog(logs / ref), _reflog(self._layout.git_dir / "logs" / "HEAD")):
            for commit in source:
                if commit not in told:
                    told.add(commit)
                    yield commit
        for commit, _ in await self._records("refs/autosync/seen/", f"refs/remotes/*/{branch}"):
            yield commit

    async def _records(self, *patterns: str) -> tuple[tuple[str, str], ...]:
        """Commits and names of refs that autosync or git keep of others' branches."""
        listed = await self._git.run("for-each-ref", _REF_FORMAT, *patterns)
        lines = listed.stdout.decode("utf-8", "surrogateescape").splitlines()
        return tuple((line.partition(" ")[0], line.partition(" ")[2]) for line in lines)

    async def _set(self, ref: str, commit: str) -> None:
        """git would not replace a ref that it can't read."""
        loose = self._layout.common_dir / ref
        if os.path.lexists(loose):
            self._quarantine.take(loose, self._layout.common_dir)
        await self._git.output("update-ref", "-m", "autosync: repair", ref, commit)

    async def _drop_dangling_refs(self) -> None:
        """Records of what a remote had are made again by the next fetch."""
        known = () if await self._unborn() else ("--not", "HEAD")
        for commit, name in await self._records("refs/remotes/", "refs/autosync/"):
            if not await self._complete(commit, *known):
                await self._drop(name)

    async def _drop(self, name: str) -> None:
        loose = self._layout.common_dir / name
        if loose.is_file():
            self._quarantine.take(loose, self._layout.common_dir)
        await self._git.run("update-ref", "-d", name)
        log.warning("%s of %s was incomplete; the next fetch brings it", name, self._layout.root)

    async def _mend_index(self) -> str:
        """A new one from HEAD; what was staged stays in the files, and is committed from there."""
        sparse = await self._git.run("config", "--type=bool", "core.sparseCheckout")
        if sparse.stdout.strip() == b"true":
            raise _beyond(self._layout, "its index is broken, and it is a sparse checkout")
        fresh = self._layout.own / "repair.index"
        fresh.parent.mkdir(mode=0o700, exist_ok=True)
        fresh.unlink(missing_ok=True)
        tree = "--empty" if await self._unborn() else "HEAD"
        await self._git.output("read-tree", tree, index=fresh)
        await self._git.run("update-index", "-q", "--refresh", index=fresh)
        self._quarantine.keep(self._layout.index, self._layout.git_dir)
        fresh.replace(self._layout.index)
        return "the index was made anew"


def _reflog(file: Path) -> Iterable[str]:
    """The commits in a reflog, newest first; zeros in it are from a power cut."""
    try:
        lines = file.read_bytes().replace(b"\0", b"").splitlines()
    except OSError:
        return ()
    found = (re.match(rb"([0-9a-f]{40,64}) ([0-9a-f]{40,64}) ", line) for line in reversed(lines))
    both = (part.decode("ascii") for match in found if match for part in (match[2], match[1]))
    return tuple(dict.fromkeys(commit for commit in both if commit.strip("0")))[:CANDIDATES]


def _beyond(layout: Layout, why: str) -> NeedsUserError:
    return NeedsUserError(
        f"the repository {layout.root} is damaged: {why}; nothing is committed",
        hint=f"see what `git -C {shlex.quote(str(layout.root))} fsck` says, or clone it anew "
        "beside and copy your files over",
    )
