"""Versions that would otherwise stay in nobody's sight: late writes, and files held open."""

from collections.abc import Iterable, Mapping

from autosyncd.vcs.git.authoring import Author
from autosyncd.vcs.git.auxiliary import open_auxiliary
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.copies import place_copies
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.mover import LateWrite
from autosyncd.vcs.git.objects import amend_tree, entries_at
from autosyncd.vcs.tree.entry import Entry


async def commit_late_writes(
    git: Git, layout: Layout, author: Author, late: Iterable[LateWrite], message: bytes
) -> tuple[str, ...]:
    """Make each late write what it is: an edit of the commit its writer had seen.

    Returns one commit for each base; they are to be merged with HEAD like any other.
    """
    by_base: dict[str | None, dict[bytes, Entry | None]] = {}
    for write in late:
        by_base.setdefault(write.base, {})[write.path] = Entry(write.mode, write.oid)
    made = []
    for base, changes in by_base.items():
        tree = await amended(git, layout, base or layout.empty_tree, changes)
        made.append((await author.commit(tree, (base,) if base else (), message)).id)
    return tuple(made)


async def keep_in_use(
    git: Git,
    layout: Layout,
    author: Author,
    sides: tuple[str, str],
    paths: Iterable[bytes],
    trailers: str,
) -> str:
    """A commit on top of the second side in which these paths are as in the first one, and the
    versions of the second are conflict copies; the second itself if none of them differs."""
    head, target = sides
    wanted = sorted(paths)
    ours, theirs = await entries_at(git, head, wanted), await entries_at(git, target, wanted)
    changes: dict[bytes, Entry | None] = {
        path: ours[path] for path in wanted if path in ours and ours[path] != theirs.get(path)
    }
    if not changes:
        return target
    incoming = [(path, theirs[path]) for path in changes if path in theirs]
    changes.update(await place_copies(git, target, changes, incoming))
    tree = await amended(git, layout, target, changes)
    names = ", ".join(path.decode("utf-8", "backslashreplace") for path in wanted[:5])
    message = f"autosync: keep files that are in use\n\n{names}\n\n{trailers}".encode()
    return (await author.commit(tree, (target,), message)).id


async def amended(
    git: Git, layout: Layout, treeish: str, changes: Mapping[bytes, Entry | None]
) -> str:
    with open_auxiliary(git, layout).private_index() as index:
        return await amend_tree(git, treeish, changes, index, layout.zero)
