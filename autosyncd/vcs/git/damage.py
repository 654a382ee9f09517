"""Whether a repository is damaged, as after a power cut: found cheaply, by what git itself says."""

import hashlib
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.objects import parse_difference
from autosyncd.vcs.git.quarantine import blank_refs
from autosyncd.vcs.git.refs import branch_ref, current_branch
from autosyncd.vcs.tree.entry import GITLINK

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Damage:
    """What is wrong: the branch can't be read, the index can't be used, or files are empty."""

    branch: bool = False
    index: bool = False
    files: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        return self.branch or self.index or bool(self.files)


async def find_damage(git: Git, layout: Layout) -> Damage:
    """Look for damage; costs one reading of the index and of the folders of loose objects."""
    empty = (*empty_objects(layout), *blank_refs(layout))
    born = await _has_tree(git)
    if not born and not await head_is_sound(git, layout):
        return Damage(branch=True, files=empty)
    return Damage(index=not await index_is_sound(git, layout, born=born), files=empty)


async def head_is_sound(git: Git, layout: Layout) -> bool:
    """Whether HEAD is a commit with a tree, or the branch has none yet."""
    if await _has_tree(git):
        return True
    read = await git.run("rev-parse", "-q", "--verify", "HEAD^{tree}")
    return bool(read.returncode) and await _unborn(git, layout)


async def _has_tree(git: Git) -> bool:
    return not (await git.run("ls-tree", "HEAD")).returncode


async def _unborn(git: Git, layout: Layout) -> bool:
    """No commit yet; git writes a reflog with the first one."""
    branch = await current_branch(git, layout)
    if branch is None:
        return True  # detached: the user's own business
    ref = branch_ref(branch)
    known = await git.run("rev-parse", "-q", "--verify", ref)
    blank = os.path.lexists(layout.common_dir / ref) or (layout.common_dir / "logs" / ref).exists()
    return bool(known.returncode) and not blank


async def index_is_sound(git: Git, layout: Layout, *, born: bool = False) -> bool:
    """Whether the index can be read, and the objects are there that it has and HEAD has not;
    `born` if HEAD is known to be a commit."""
    born = born or not (await git.run("rev-parse", "-q", "--verify", "HEAD")).returncode
    against = "HEAD" if born else layout.empty_tree
    listed = await git.run(
        *("diff-index", "--cached", "-z", "--raw", "--no-renames", "--no-abbrev", against, "--")
    )
    if listed.returncode:
        return False
    staged = [found.new for found in parse_difference(listed.stdout) if found.new]
    wanted = [entry.oid for entry in staged if entry.mode != GITLINK and entry.oid != layout.zero]
    if not wanted:
        return True
    names = "".join(f"{oid}\n" for oid in wanted).encode("ascii")
    found = await git.run("cat-file", "--batch-check=%(objecttype)", stdin=names)
    return found.returncode == 0 and b" missing\n" not in found.stdout


def loose_objects(layout: Layout) -> Iterator[Path]:
    """All loose objects (gitrepository-layout(5))."""
    for folder in sorted(layout.objects.glob("[0-9a-f][0-9a-f]")):
        yield from (file for file in folder.iterdir() if not file.name.startswith("tmp_obj_"))


def empty_objects(layout: Layout) -> tuple[Path, ...]:
    """Loose objects without content."""
    return tuple(file for file in loose_objects(layout) if _size(file) == 0)


def corrupt_objects(layout: Layout) -> tuple[Path, ...]:
    """Loose objects that do not hold what their names say; every one of them is read."""
    return tuple(file for file in loose_objects(layout) if not _holds_its_name(file, layout))


def _size(file: Path) -> int:
    try:
        return file.lstat().st_size
    except OSError:
        return -1


def _holds_its_name(file: Path, layout: Layout) -> bool:
    digest = hashlib.new(layout.object_format, usedforsecurity=False)
    inflate = zlib.decompressobj()
    try:
        with file.open("rb") as opened:
            while block := opened.read(_BLOCK):
                digest.update(inflate.decompress(block))
    except OSError:
        return True  # it can't be read: that is no damage that moving it would mend
    except zlib.error:
        return False
    return inflate.eof and digest.hexdigest() == file.parent.name + file.name
