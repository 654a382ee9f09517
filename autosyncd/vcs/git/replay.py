"""Commits that were never published, made again without some of the files' versions.

Each keeps its author, dates and message, so that `history` tells the same; what it had of such a
file is what its parent had. The new commits are a pure function of the old ones and the versions
left out, unless they are signed: machines that got them from each other agree again.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autosyncd.vcs.git.authoring import SIGNING_TIMEOUT, unsigned
from autosyncd.vcs.git.auxiliary import open_auxiliary
from autosyncd.vcs.git.command import Git, GitError
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.objects import amend_tree, entries_at
from autosyncd.vcs.tree.entry import Entry

_PERSON = re.compile(rb"(?P<name>.*) <(?P<mail>[^>]*)> (?P<when>\d+ [+-]\d{4})")
_TREE = "040000"


@dataclass(frozen=True, slots=True)
class Original:
    """A commit object as it is stored: `header` without tree, parents and signature."""

    tree: str
    parents: tuple[str, ...]
    header: bytes
    message: bytes
    signed: bool


@dataclass(slots=True)
class Replay:
    """Makes commits again without the blobs `without`, which are at the `paths`."""

    git: Git
    layout: Layout
    paths: Sequence[bytes]
    without: frozenset[str]
    signs: bool

    async def run(self, commits: Sequence[str]) -> dict[str, str]:
        """What becomes of each commit that does not stay; `commits` are sorted, parents first."""
        made: dict[str, str] = {}
        for commit in commits:
            original = await self._read(commit)
            parents = tuple(made.get(parent, parent) for parent in original.parents)
            there = await entries_at(self.git, commit, self.paths)
            gone = [path for path, entry in there.items() if entry.oid in self.without]
            if gone or parents != original.parents:
                made[commit] = await self._again(original, parents, gone)
        return made

    async def _again(self, original: Original, parents: tuple[str, ...], gone: list[bytes]) -> str:
        tree = await self._tree(original.tree, parents, gone) if gone else original.tree
        if gone and len(parents) == 1:
            before = await self.git.line("rev-parse", f"{parents[0]}^{{tree}}")
            if tree == before:  # nothing else was in it
                return parents[0]
        lines = [b"tree " + tree.encode(), *(b"parent " + parent.encode() for parent in parents)]
        if original.signed and self.signs:
            return await self._signed(original, tree, parents)
        content = b"\n".join([*lines, original.header, b""]) + b"\n" + original.message
        return await self.git.line("hash-object", "-t", "commit", "-w", "--stdin", stdin=content)

    async def _tree(self, tree: str, parents: tuple[str, ...], gone: list[bytes]) -> str:
        before = await entries_at(self.git, parents[0], gone) if parents else {}
        changes: dict[bytes, Entry | None] = {
            path: entry if (entry := before.get(path)) and entry.mode != _TREE else None
            for path in gone
        }
        with open_auxiliary(self.git, self.layout).private_index() as index:
            return await amend_tree(self.git, tree, changes, index, self.layout.zero)

    async def _signed(self, original: Original, tree: str, parents: tuple[str, ...]) -> str:
        finished = await self.git.run(
            *("commit-tree", "-S", tree, "-F", "-"),
            *(part for parent in parents for part in ("-p", parent)),
            stdin=original.message,
            environment=_people(original.header),
            timeout=SIGNING_TIMEOUT,
        )
        if finished.returncode:
            said = finished.complaint.splitlines()
            raise unsigned(said[0] if said else "it did not say why")
        return finished.stdout.decode("ascii").strip()

    async def _read(self, commit: str) -> Original:
        finished = await self.git.run("cat-file", "commit", commit)
        if finished.returncode:
            raise GitError(("cat-file",), finished)
        return parse_commit(finished.stdout)


def parse_commit(content: bytes) -> Original:
    """Take a commit object apart (gitformat-signature(5), git-cat-file(1))."""
    head, _, message = content.partition(b"\n\n")
    fields = re.split(rb"\n(?! )", head)
    named = [(field.partition(b" ")[0], field) for field in fields]
    value = {
        key: [f.partition(b" ")[2].decode("ascii") for k, f in named if k == key]
        for key in (b"tree", b"parent")
    }
    kept = [f for k, f in named if k not in (b"tree", b"parent", b"gpgsig", b"gpgsig-sha256")]
    signed = any(key.startswith(b"gpgsig") for key, _ in named)
    return Original(value[b"tree"][0], tuple(value[b"parent"]), b"\n".join(kept), message, signed)


def _people(header: bytes) -> Mapping[str, str]:
    """Author and committer as git reads them from its environment (git-commit-tree(1))."""
    people: dict[str, str] = {}
    for line in header.split(b"\n"):
        role, _, person = line.partition(b" ")
        if role in (b"author", b"committer") and (found := _PERSON.fullmatch(person)):
            name = role.decode("ascii").upper()
            people[f"GIT_{name}_NAME"] = found["name"].decode("utf-8", "surrogateescape")
            people[f"GIT_{name}_EMAIL"] = found["mail"].decode("utf-8", "surrogateescape")
            people[f"GIT_{name}_DATE"] = "@" + found["when"].decode("ascii")
    return people
