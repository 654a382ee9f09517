"""The conflict copies that wait for the user: found by name, explained from the history."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from autosyncd.vcs.base import CommitInfo, ConflictCopy, Settled
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.history import HOST, commit_info, has_commits, host_of, log_records
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.merging.conflict_names import original_of
from autosyncd.vcs.tree.entry import GITLINK, Entry

NEWEST = "1000"
"""Versions of a file among which the one in a copy is looked for."""

_ELSEWHERE = "settled on another machine"
_ANY_COPY = b"*.conflict-*"
_ID = re.compile(rb"\.conflict-([0-9a-f]{8,64})")
_NEW_ID = re.compile(rb"\n?:[0-7]{6} [0-7]{6} [0-9a-f]+ ([0-9a-f]+) [A-Z]")
_FORMAT = f"%H%x00%ct%x00{HOST}%x00%s%x00"
_VERSIONS = (
    *("--full-history", "--no-merges", "--raw", "--no-abbrev", "--no-renames"),
    *("-n", NEWEST, "HEAD", "--"),
)


@dataclass(frozen=True, slots=True)
class _Origin:
    info: CommitInfo
    host: str | None


@dataclass(slots=True)
class Counted:
    """The number of conflict copies in the watched folder, which most steps from one commit to the
    next leave as it is: to count them, git reads the whole index."""

    git: Git
    layout: Layout
    _count: tuple[str | None, int] = (None, 0)
    _carried: bool = False
    """Whether the number was not counted at its commit, but follows from the steps up to there."""
    _step: tuple[str, str] | None = None
    """The last step, if it touches no copy."""

    def step(self, old: str | None, new: str, paths: Iterable[bytes]) -> None:
        """The branch went from one commit to another, which differ in these paths."""
        touched = any(original_of(path) is not None for path in paths)
        self._step = (old, new) if old and not touched else None
        self._carried = bool(self._step) and self._count[0] == old
        if self._carried:
            self._count = (new, self._count[1])

    async def count(self, head: str | None) -> int:
        """How many there are, with this commit checked out."""
        if not self._carried or self._count[0] != head:
            self._count = (head, len(await _copies(self.git, self.layout)))
        self._carried = False
        return self._count[1]

    async def settled_between(self, previous: str, target: str) -> tuple[Settled, ...]:
        """The conflicts of which `target` has a copy in the watched folder, and `previous` none."""
        if self._step == (previous, target):
            return ()
        out = await self.git.output(
            *("diff-tree", "-r", "-z", "--name-only", "--no-renames", "--diff-filter=A"),
            *(previous, target, "--", _ANY_COPY),
            environment={"GIT_LITERAL_PATHSPECS": "0"},
        )
        copies = [path for path in out.split(b"\0") if _is_copy(self.layout, path)]
        return tuple(Settled(original_of(copy) or copy, copy, _ELSEWHERE) for copy in copies)


async def list_copies(git: Git, layout: Layout) -> tuple[ConflictCopy, ...]:
    """The conflict copies, each with what its version is."""
    copies = await _copies(git, layout)
    originals = {path: original_of(path) or path for path in copies}
    entries = await _entries(git, *originals.values()) if copies else {}
    return tuple(
        [
            await _explained(git, path, copies[path], originals[path], entries)
            for path in sorted(copies)
        ]
    )


async def _copies(git: Git, layout: Layout) -> Mapping[bytes, Entry]:
    """Those git knows and the user has not deleted yet."""
    listed = await _entries(git, _ANY_COPY, literal=False)
    return {
        path: entry
        for path, entry in listed.items()
        if _is_copy(layout, path) and os.path.lexists(layout.root / os.fsdecode(path))
    }


def _is_copy(layout: Layout, path: bytes) -> bool:
    inside = not layout.below or path.startswith(layout.below + b"/")
    return inside and original_of(path) is not None


async def _entries(git: Git, *paths: bytes, literal: bool = True) -> dict[bytes, Entry]:
    """What the index has at these paths or patterns."""
    wanted = {"GIT_LITERAL_PATHSPECS": "1" if literal else "0"}
    out = await git.output("ls-files", "-s", "-z", "--", *paths, environment=wanted)
    found = dict(_index_line(line) for line in out.split(b"\0") if line)
    return {path: entry for path, entry in found.items() if entry.mode != GITLINK}


def _index_line(line: bytes) -> tuple[bytes, Entry]:
    facts, path = line.split(b"\t", 1)
    mode, oid, _stage = facts.decode("ascii").split(" ")
    return path, Entry(mode, oid)


async def _explained(
    git: Git, copy: bytes, entry: Entry, original: bytes, entries: Mapping[bytes, Entry]
) -> ConflictCopy:
    digits = _ID.findall(copy)[-1].decode("ascii")
    origin = await _origin(git, original, digits)
    now = entries.get(original)
    return ConflictCopy(
        path=original,
        copy=copy,
        info=origin.info if origin else None,
        host=origin.host if origin else None,
        original_exists=now is not None,
        differs=now is None or now.oid != entry.oid,
    )


async def _origin(git: Git, original: bytes, digits: str) -> _Origin | None:
    """The newest commit that made the version with this id; None if history has none under this
    name."""
    if not await has_commits(git):
        return None
    for commit, when, host, subject, *rest in await log_records(git, _FORMAT, *_VERSIONS, original):
        made = [match[1] for match in map(_NEW_ID.match, rest) if match]
        if any(oid.startswith(digits.encode("ascii")) for oid in made):
            return _Origin(commit_info(commit, when, subject), host_of(host))
    return None
