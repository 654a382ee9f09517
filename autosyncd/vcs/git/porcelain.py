"""What `git status --porcelain=v2 -z` says of paths (git-status(1))."""

from dataclasses import dataclass

from autosyncd.vcs.git.objects import ABSENT
from autosyncd.vcs.tree.entry import GITLINK

STATUS = (
    "status",
    "--porcelain=v2",
    "-z",
    "--untracked-files=all",
    "--no-renames",
    "--ignore-submodules=all",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One path that differs. `staged` and `unstaged` are git's letters X and Y.

    The modes are those in HEAD, in the index and on disk; `oid` is what the index holds.
    """

    path: bytes
    staged: str
    unstaged: str
    modes: tuple[str, str, str]
    oid: str

    @property
    def submodule(self) -> bool:
        """Whether it is, or was, the place of another repository."""
        return GITLINK in self.modes

    @property
    def new(self) -> bool:
        """Whether the last commit does not have it."""
        return self.modes[0] == ABSENT

    @property
    def gone(self) -> bool:
        """Whether git sees nothing of it on disk."""
        return self.modes[2] == ABSENT

    @property
    def staged_apart(self) -> bool:
        """Whether the index holds a version that is neither the last commit's nor the disk's."""
        return self.staged not in ".D" and self.unstaged != "."


@dataclass(frozen=True, slots=True)
class Listing:
    """All paths that differ; `unmerged` ones are in the middle of somebody's merge."""

    entries: tuple[Entry, ...] = ()
    untracked: tuple[bytes, ...] = ()
    unmerged: tuple[bytes, ...] = ()


def parse_status(out: bytes) -> Listing:
    """Read the output of `STATUS`."""
    records = [record for record in out.split(b"\0") if record]
    return Listing(
        entries=tuple(_entry(record) for record in records if record.startswith(b"1 ")),
        untracked=tuple(record[2:] for record in records if record.startswith(b"? ")),
        unmerged=tuple(
            record.split(b" ", 10)[10] for record in records if record.startswith(b"u ")
        ),
    )


def _entry(record: bytes) -> Entry:
    _, letters, _sub, head, index, disk, _head_oid, oid, path = record.split(b" ", 8)
    xy = letters.decode("ascii")
    modes = (head.decode("ascii"), index.decode("ascii"), disk.decode("ascii"))
    return Entry(path, xy[0], xy[1], modes, oid.decode("ascii"))
