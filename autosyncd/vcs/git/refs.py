"""Reading branches and our own records of them."""

import os
from dataclasses import dataclass
from pathlib import Path

from autosyncd.vcs.base import CommitInfo
from autosyncd.vcs.git.command import Git, GitError
from autosyncd.vcs.git.layout import Layout

_FORMAT = "%(refname)%00%(objectname)%00%(tree)%00%(committerdate:unix)%00%(contents:subject)"
_BRANCHES = "refs/heads/"
_LINK = b"ref: refs/heads/"
_STAND_IN = _LINK + b".invalid"


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


async def stands_at(git: Git, branch: str, commit: str | None) -> bool:
    """Whether HEAD is `commit` (None: unborn) on `branch`."""
    ref = await git.run("symbolic-ref", "-q", "HEAD")
    head = await git.run("rev-parse", "-q", "--verify", "HEAD^{commit}")
    here = head.stdout.decode("ascii").strip() or None
    return os.fsdecode(ref.stdout.rstrip(b"\n")) == f"refs/heads/{branch}" and here == commit
