"""Reading branches and our own records of them."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from autosyncd.errors import RetryError
from autosyncd.vcs.base import CommitInfo
from autosyncd.vcs.git.command import Git, GitError
from autosyncd.vcs.git.layout import Layout

_FORMAT = "%(refname)%00%(objectname)%00%(tree)%00%(committerdate:unix)%00%(contents:subject)"
_BRANCHES = "refs/heads/"
_LINK = b"ref: refs/heads/"
_STAND_IN = _LINK + b".invalid"
_ID = re.compile(rb"([0-9a-f]{40}|[0-9a-f]{64})\s*")


@dataclass(frozen=True, slots=True)
class Ref:
    """A ref that points to a commit."""

    name: str
    tree: str
    commit: CommitInfo


async def current_branch(git: Git, layout: Layout) -> str | None:
    """The branch that is checked out, perhaps without any commit yet; None if HEAD is detached.

    Reads HEAD itself (gitrepository-layout(5)) unless that is a mere stand-in, as with reftables.
    """
    try:
        link = (layout.git_dir / "HEAD").read_bytes()
    except OSError:
        link = b""
    if link.startswith(_LINK) and not link.startswith(_STAND_IN):
        return os.fsdecode(link.removeprefix(_LINK).rstrip(b"\n"))
    finished = await git.run("symbolic-ref", "-q", "HEAD")
    if finished.returncode not in (0, 1):
        raise GitError(("symbolic-ref",), finished)
    name = finished.stdout.decode("utf-8", "surrogateescape").rstrip("\n")
    return name.removeprefix(_BRANCHES) if name.startswith(_BRANCHES) else None


async def needed_branch(git: Git, layout: Layout) -> str:
    """The branch that is checked out, for what needs one; raises RetryError if HEAD is detached."""
    branch = await current_branch(git, layout)
    if branch is None:
        raise RetryError("HEAD is detached", hint="`git switch BRANCH`")
    return branch


def branch_folders(layout: Layout, branch: str) -> tuple[Path, ...]:
    """The folders to flush, in this order, for index and branch to stay what they are."""
    reftable = layout.common_dir / "reftable"
    heads = reftable if reftable.is_dir() else (layout.common_dir / branch_ref(branch)).parent
    return (layout.index.parent, heads)


def branch_ref(branch: str) -> str:
    """The full name of a branch."""
    return _BRANCHES + branch


async def read_refs(git: Git, *names: str) -> dict[str, Ref]:
    """Those of the refs that exist, by their full names."""
    out = await git.output("for-each-ref", f"--format={_FORMAT}", *names)
    refs = (_ref(line) for line in out.decode("utf-8", "surrogateescape").split("\n") if line)
    return {ref.name: ref for ref in refs if ref.name in names}


async def read_ids(git: Git, layout: Layout, *names: str) -> dict[str, str]:
    """The commits of those refs that exist, by their full names.

    They are read from their files, as git does it (gitrepository-layout(5)): first each one's own,
    then that of the packed ones. Whatever is not as simple as that is left to git.
    """
    try:
        return _read_files(layout, names)
    except _NotPlainError:
        out = await git.output("for-each-ref", "--format=%(refname)%00%(objectname)", *names)
    pairs = (os.fsdecode(line).split("\0") for line in out.split(b"\n") if line)
    return {name: oid for name, oid in pairs if name in names}


async def names_below(git: Git, layout: Layout, prefix: str) -> tuple[str, ...]:
    """The full names of all refs that begin with `prefix`, which ends in a slash; read as by
    `read_ids`."""
    try:
        return _read_names(layout, prefix)
    except _NotPlainError:
        out = await git.output("for-each-ref", "--format=%(refname)", prefix)
    return tuple(os.fsdecode(out).split())


class _NotPlainError(Exception):
    """Refs that git keeps in another way."""


def _read_files(layout: Layout, names: Iterable[str]) -> dict[str, str]:
    if (layout.common_dir / "reftable").exists():
        raise _NotPlainError
    own = {name: _own_file(layout, name) for name in names}
    packed = b"\n" + _packed(layout) if None in own.values() else b""
    found = {name: oid or _packed_id(packed, name) for name, oid in own.items()}
    return {name: oid for name, oid in found.items() if oid}


def _read_names(layout: Layout, prefix: str) -> tuple[str, ...]:
    if (layout.common_dir / "reftable").exists():
        raise _NotPlainError
    files = (layout.common_dir / prefix).rglob("*")
    names = [str(file.relative_to(layout.common_dir)) for file in files if not file.is_dir()]
    own = {name for name in names if not name.endswith(".lock") and _own_file(layout, name)}
    lines = (os.fsdecode(line) for line in _packed(layout).split(b"\n"))
    packed = {line.partition(" ")[2] for line in lines if not line.startswith(("#", "^"))}
    return tuple(sorted(own.union(name for name in packed if name.startswith(prefix))))


def _own_file(layout: Layout, name: str) -> str | None:
    if not name.startswith("refs/") or ".." in name:
        raise _NotPlainError
    try:
        content = (layout.common_dir / name).read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None
    except OSError as error:
        raise _NotPlainError from error
    found = _ID.fullmatch(content)
    if found is None or not found[1].strip(b"0"):
        raise _NotPlainError
    return found[1].decode("ascii")


def _packed(layout: Layout) -> bytes:
    try:
        return (layout.common_dir / "packed-refs").read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise _NotPlainError from error


def _packed_id(packed: bytes, name: str) -> str | None:
    end = packed.find(b" " + os.fsencode(name) + b"\n")
    if end < 0:
        return None
    found = _ID.fullmatch(packed[packed.rindex(b"\n", 0, end) + 1 : end])
    if found is None:
        raise _NotPlainError
    return found[1].decode("ascii")


def _ref(line: str) -> Ref:
    name, commit, tree, when, subject = line.split("\0", 4)
    readable = subject.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return Ref(name, tree, CommitInfo(commit, float(when or 0), readable))


async def is_ancestor(git: Git, old: str, new: str) -> bool:
    """Whether `new` contains `old` (or is it)."""
    finished = await git.run("merge-base", "--is-ancestor", old, new)
    if finished.returncode not in (0, 1):
        raise GitError(("merge-base",), finished)
    return finished.returncode == 0


async def related(git: Git, one: str, other: str) -> bool:
    """Whether two commits have any history in common."""
    finished = await git.run("merge-base", one, other)
    if finished.returncode not in (0, 1):
        raise GitError(("merge-base",), finished)
    return finished.returncode == 0


async def head_commit(git: Git, layout: Layout) -> str | None:
    """The commit of the branch that is checked out; None if there is none, or no such branch."""
    branch = await current_branch(git, layout)
    return None if branch is None else await branch_commit(git, layout, branch)


async def branch_commit(git: Git, layout: Layout, branch: str) -> str | None:
    """The commit that a branch points to; None if there is none yet."""
    ref = branch_ref(branch)
    return (await read_ids(git, layout, ref)).get(ref)


async def stands_at(git: Git, layout: Layout, branch: str, commit: str | None) -> bool:
    """Whether HEAD is `commit` (None: unborn) on `branch`."""
    same = await current_branch(git, layout) == branch
    return same and await branch_commit(git, layout, branch) == commit
