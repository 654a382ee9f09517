"""What two commits have in common, as every machine sees it."""

import shlex

from autosyncd.errors import RemoteNeedsUserError
from autosyncd.vcs.git.auxiliary import Auxiliary
from autosyncd.vcs.git.command import Git, GitError
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.objects import amend_tree, entries_at
from autosyncd.vcs.tree.entry import Entry

TRAILER = "Autosync-Id"


async def merge_bases(git: Git, one: str, two: str) -> tuple[str, ...]:
    """The best common ancestors, sorted; empty for unrelated histories (git-merge-base(1))."""
    arguments = ("merge-base", "--all", one, two)
    finished = await git.run(*arguments)
    if finished.returncode not in (0, 1):
        raise GitError(arguments, finished)
    return tuple(sorted(finished.stdout.decode("ascii").split()))


async def require_history(
    git: Git, layout: Layout, one: str, two: str, bases: tuple[str, ...]
) -> None:
    """Raise RemoteNeedsUserError unless everything since `bases` is here, as in a full clone.

    In a shallow clone the ancestors of what both sides have do not matter, as long as there is one
    base: every path from the two commits ends at it.
    """
    cut = _cut_off(layout)
    if cut and (len(bases) != 1 or cut & await _since(git, one, two, bases)):
        raise RemoteNeedsUserError(
            "cannot merge: this is a shallow clone, and the history both sides share is not here",
            hint=f"fetch the rest: `git -C {shlex.quote(str(layout.root))} fetch --unshallow`",
        )
    if not bases and not (await begun_by_autosync(git, one) and await begun_by_autosync(git, two)):
        raise RemoteNeedsUserError(
            "cannot merge: the local branch and the remote one have no commit in common",
            hint="clone the remote into a new folder and copy your files there, or join the two "
            "once by hand: `git pull --no-rebase --allow-unrelated-histories`",
        )


async def begun_by_autosync(git: Git, commit: str) -> bool:
    """Whether a history began with an automatic commit, as it does when two machines start with
    clones of a remote that is still empty: both begin one, and those may be joined."""
    roots = await git.output(
        "log", "--max-parents=0", f"--format=%x00%(trailers:key={TRAILER})", commit
    )
    return all(root.strip() for root in roots.split(b"\0")[1:])


async def virtual_base(auxiliary: Auxiliary, bases: tuple[str, ...]) -> str:
    """One tree or commit to compare both sides with, merged from several bases if need be.

    Markers in it do no harm: a line gets into a result only from one of the sides. Without any
    base it is an empty tree.
    """
    if not bases:
        return await auxiliary.commit(auxiliary.empty_tree, (), when=0)
    base = bases[0]
    for other in bases[1:]:
        tree = await _merge_of_bases(auxiliary, base, other)
        base = await auxiliary.commit(tree, (base, other), when=0)
    return base


async def newest_date(git: Git, *commits: str) -> int:
    """The latest committer date in Unix seconds; 0 if there are none that make sense."""
    out = await git.output("log", "--no-walk", "--format=%ct", *commits, "--")
    return max((int(date) for date in out.split()), default=0)


async def _merge_of_bases(auxiliary: Auxiliary, one: str, two: str) -> str:
    """Where git took one version of several, the base is unknown: both sides must stay visible."""
    merged = await auxiliary.merge(one, two)
    found = await entries_at(auxiliary.git, merged.tree, merged.stages)
    taken: dict[bytes, Entry | None] = {
        path: None for path, entry in found.items() if entry.oid in merged.stages[path]
    }
    if not taken:
        return merged.tree
    with auxiliary.private_index() as index:
        return await amend_tree(auxiliary.git, merged.tree, taken, index, auxiliary.zero)


def _cut_off(layout: Layout) -> frozenset[str]:
    try:
        return frozenset((layout.common_dir / "shallow").read_text("ascii").split())
    except FileNotFoundError:
        return frozenset()


async def _since(git: Git, one: str, two: str, bases: tuple[str, ...]) -> frozenset[str]:
    out = await git.output("rev-list", one, two, "--not", *bases, "--")
    return frozenset(out.decode("ascii").split())
