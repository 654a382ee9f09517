"""The lines of files that both sides changed, merged where that is possible without a conflict.

All files are merged at once, by `git merge-tree` on three made-up commits that hold nothing else
and have numbers for names: no attribute applies, no rename can be found, and a file that a clean
merge of everything would have merged gets the same content here. No content passes through us.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from autosyncd.vcs.git.auxiliary import Auxiliary
from autosyncd.vcs.git.objects import read_tree
from autosyncd.vcs.merging.three_way import Clash
from autosyncd.vcs.tree.entry import Entry


@dataclass(frozen=True, slots=True)
class GitLines:
    """Merges lines in git's object database, see `autosyncd.vcs.merging.stale_saves`."""

    auxiliary: Auxiliary

    async def merge_texts(self, clashes: Sequence[Clash]) -> dict[bytes, Entry]:
        """The merged version of each clash in which both sides changed lines of their own."""
        return await merge_texts(self.auxiliary, clashes)

    async def favouring_left(self, clash: Clash) -> str | None:
        """One clash merged with the left side's lines wherever both changed the same ones."""
        return await favouring_left(self.auxiliary, clash)


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


async def favouring_left(auxiliary: Auxiliary, clash: Clash) -> str | None:
    """The blob of one clash merged with the left side's lines wherever both changed the same
    ones (git-merge-file(1)); None if its lines can't be merged."""
    sides = (clash.left, clash.base, clash.right)
    with auxiliary.private_index() as scratch:
        files = [scratch.with_name(name) for name in ("left", "base", "right")]
        for file, side in zip(files, sides, strict=True):
            if side is None:
                return None
            file.write_bytes(await auxiliary.git.output("cat-file", "blob", side.oid))
        names = [os.fspath(file) for file in files]
        merged = await auxiliary.git.run("merge-file", "-p", "-q", "--ours", *names)
        if merged.returncode:
            return None
        return await auxiliary.git.line(
            "hash-object", "-w", "--no-filters", "--stdin", stdin=merged.stdout
        )


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
