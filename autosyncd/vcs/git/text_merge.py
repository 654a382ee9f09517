"""The lines of files that both sides changed, merged where that is possible without a conflict.

All files are merged at once, by `git merge-tree` on three made-up commits that hold nothing else
and have numbers for names: no attribute applies, no rename can be found, and a file that a clean
merge of everything would have merged gets the same content here. No content passes through us.
"""

from collections.abc import Iterable, Sequence

from autosyncd.vcs.git.auxiliary import Auxiliary
from autosyncd.vcs.git.objects import Entry, read_tree
from autosyncd.vcs.git.three_way import Clash


async def merge_texts(auxiliary: Auxiliary, clashes: Sequence[Clash]) -> dict[bytes, Entry]:
    """The merged version of each clash in which both sides changed lines of their own."""
    texts = {f"{number:08}".encode(): clash for number, clash in enumerate(clashes) if clash.text}
    if not texts:
        return {}
    left, right = await _commits(auxiliary, texts)
    merged = await auxiliary.merge(left, right)
    contents = await read_tree(auxiliary.git, merged.tree)
    return {
        clash.path: clash.merged(contents[name].oid)
        for name, clash in texts.items()
        if name not in merged.stages
    }


async def _commits(auxiliary: Auxiliary, texts: dict[bytes, Clash]) -> tuple[str, str]:
    """The two sides as commits whose parent is the base."""
    trees = (
        _tree((name, clash.base) for name, clash in texts.items()),
        _tree((name, clash.left) for name, clash in texts.items()),
        _tree((name, clash.right) for name, clash in texts.items()),
    )
    out = await auxiliary.git.output("mktree", "-z", "--batch", stdin=b"\0".join(trees))
    before, left, right = out.decode("ascii").split()
    base = await auxiliary.commit(before, (), when=0)
    return (
        await auxiliary.commit(left, (base,), when=0),
        await auxiliary.commit(right, (base,), when=0),
    )


def _tree(side: Iterable[tuple[bytes, Entry | None]]) -> bytes:
    """Input of git-mktree(1); modes are settled elsewhere."""
    return b"".join(
        b"100644 blob " + entry.oid.encode() + b"\t" + name + b"\0" for name, entry in side if entry
    )
