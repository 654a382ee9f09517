"""Where the parts of one git repository are."""

from dataclasses import dataclass
from pathlib import Path


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
    def index(self) -> Path:
        """The index that the user's git uses."""
        return self.git_dir / "index"

    @property
    def objects(self) -> Path:
        """The object database."""
        return self.common_dir / "objects"

    @property
    def zero(self) -> str:
        """The null object id: "no such ref" to `git update-ref`."""
        return "0" * (64 if self.object_format == "sha256" else 40)
