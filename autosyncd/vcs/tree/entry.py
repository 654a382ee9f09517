"""What a path of a tree holds: a mode as git prints it, and the id of the content as git has it.

Every tool's contents are named so here: the same content has the same id, and so the same name in
a conflict copy, with every tool.
"""

from dataclasses import dataclass

REGULAR = ("100644", "100755")
PROGRAM = "100755"
SYMLINK = "120000"
GITLINK = "160000"


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """What a tree holds at a path: a mode as git prints it, and a full object id."""

    mode: str
    oid: str

    @property
    def regular(self) -> bool:
        return self.mode in REGULAR


@dataclass(frozen=True, slots=True)
class Difference:
    """What two trees hold at a path where they differ; None where one has nothing."""

    path: bytes
    old: Entry | None
    new: Entry | None
