"""Commit objects taken apart, and written again with their author, dates and header."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from autosyncd.vcs.git.authoring import SIGNING_TIMEOUT, unsigned
from autosyncd.vcs.git.command import Git, GitError

_PERSON = re.compile(rb"(?P<name>.*) <(?P<mail>[^>]*)> (?P<when>\d+ [+-]\d{4})")


@dataclass(frozen=True, slots=True)
class Original:
    """A commit object as it is stored: `header` without tree, parents and signature."""

    tree: str
    parents: tuple[str, ...]
    header: bytes
    message: bytes
    signed: bool


async def read_commit(git: Git, commit: str) -> Original:
    """A commit as it is stored."""
    finished = await git.run("cat-file", "commit", commit)
    if finished.returncode:
        raise GitError(("cat-file",), finished)
    return parse_commit(finished.stdout)


async def write_commit(git: Git, original: Original, *, signs: bool) -> str:
    """Store a commit and return its id; one that was signed is signed anew, if `signs`."""
    if original.signed and signs:
        return await _signed(git, original)
    parents = (b"parent " + parent.encode() for parent in original.parents)
    lines = [b"tree " + original.tree.encode(), *parents, original.header, b""]
    content = b"\n".join(lines) + b"\n" + original.message
    return await git.line("hash-object", "-t", "commit", "-w", "--stdin", stdin=content)


async def _signed(git: Git, original: Original) -> str:
    finished = await git.run(
        *("commit-tree", "-S", original.tree, "-F", "-"),
        *(part for parent in original.parents for part in ("-p", parent)),
        stdin=original.message,
        environment=_people(original.header),
        timeout=SIGNING_TIMEOUT,
    )
    if finished.returncode:
        said = finished.complaint.splitlines()
        raise unsigned(said[0] if said else "it did not say why")
    return finished.stdout.decode("ascii").strip()


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
