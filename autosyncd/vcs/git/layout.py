"""Where the parts of one git repository are."""

import os
import shlex
from dataclasses import dataclass
from pathlib import Path

EMPTY_TREES = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders of a working copy, all absolute with symbolic links resolved.

    `git_dir` is this working tree's own (linked worktrees have one each), `common_dir` the one
    that holds objects and refs, `below` the watched folder relative to `root` (empty: the root),
    `object_format` is sha1 or sha256.
    """

    root: Path
    below: bytes
    git_dir: Path
    common_dir: Path
    object_format: str = "sha1"

    @property
    def own(self) -> Path:
        """Our own folder inside the git directory: private indexes, staging, displaced files."""
        return self.git_dir / "autosync"

    @property
    def typed(self) -> str:
        """What people type to run git on this working tree, from wherever they are."""
        return git_in(self.root)

    @property
    def index(self) -> Path:
        """The index that the user's git uses."""
        return self.git_dir / "index"

    @property
    def objects(self) -> Path:
        """The object database."""
        return self.common_dir / "objects"

    @property
    def empty_tree(self) -> str:
        """The tree that holds nothing; git knows it without it being stored."""
        return EMPTY_TREES[self.object_format]

    @property
    def zero(self) -> str:
        """The null object id: "no such ref" to `git update-ref`."""
        return "0" * (64 if self.object_format == "sha256" else 40)


def git_in(folder: Path) -> str:
    """What people type to run git in a folder, from wherever they are."""
    return f"git -C {shlex.quote(os.fspath(folder))}"
