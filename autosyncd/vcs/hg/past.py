"""What was: the history, the conflict copies, and earlier versions that come back."""

import asyncio
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autosyncd.core.messages import printable
from autosyncd.errors import RepositoryFailedError
from autosyncd.vcs.base import ConflictCopy, FolderThen, Past, Settled
from autosyncd.vcs.hg.command import Hg, raw, text
from autosyncd.vcs.hg.commit import commit_info, entries_at
from autosyncd.vcs.hg.layout import Layout
from autosyncd.vcs.merging.conflict_names import original_of
from autosyncd.vcs.tree.entry import SYMLINK, Entry
from autosyncd.vcs.tree.write_out import write_new_file

_ID = re.compile(rb"\.conflict-([0-9a-f]{8,64})")
_HINT = "`autosyncctl history FILE` lists its versions"


@dataclass(frozen=True, slots=True)
class Version:
    """A file as a commit has it, and under which path."""

    commit: str
    path: bytes
    entry: Entry
    content: bytes


@dataclass(frozen=True, slots=True)
class Archive:
    """Answers what users ask of one repository's past."""

    hg: Hg
    layout: Layout

    async def history(self, path: bytes | None, limit: int) -> tuple[Past, ...]:
        """The automatic commits, or all commits of a file, newest first."""
        found = await self.hg.ask(
            "history",
            path=None if path is None else text(path),
            below=text(self.layout.below),
            limit=limit,
        )
        return tuple(map(_past, found))

    async def copies(self) -> dict[bytes, Entry]:
        """The conflict copies in the watched folder that the user has not deleted yet."""
        found = await self.hg.ask("copies", below=text(self.layout.below))
        known = {raw(path): Entry(*entry) for path, entry in found.items()}
        root = os.fsencode(self.layout.root)
        return {
            path: entry
            for path, entry in known.items()
            if original_of(path) is not None and os.path.lexists(root + b"/" + path)
        }

    async def explained(self, head: str | None) -> tuple[ConflictCopy, ...]:
        """The conflict copies, each with what its version is."""
        copies = await self.copies()
        originals = {path: original_of(path) or path for path in copies}
        now = await entries_at(self.hg, head, list(originals.values()))
        return tuple(
            [
                await self._explain(path, copies[path], originals[path], now.get(originals[path]))
                for path in sorted(copies)
            ]
        )

    async def settled_between(self, previous: str, target: str) -> tuple[Settled, ...]:
        """The conflict copies that one commit has and an earlier one has not."""
        changed = await self.hg.ask("difference", old=previous, new=target)
        added = [raw(path) for path, old, new in changed if new and not old]
        prefix = self.layout.below + b"/" if self.layout.below else b""
        return tuple(
            Settled(original, path, "changed on both sides")
            for path in added
            if path.startswith(prefix) and (original := original_of(path)) is not None
        )

    async def _explain(
        self, copy: bytes, entry: Entry, original: bytes, now: Entry | None
    ) -> ConflictCopy:
        digits = _ID.findall(copy)[-1].decode("ascii")
        found = await self.hg.ask("origin", path=text(original), digits=digits)
        origin = _past(found) if found else None
        return ConflictCopy(
            path=original,
            copy=copy,
            info=origin.info if origin else None,
            host=origin.host if origin else None,
            original_exists=now is not None,
            differs=now is None or now.oid != entry.oid,
        )

    async def folder(self, path: bytes, at: str | float) -> FolderThen | None:
        """The files below a folder at a revision or at a time; None if there were none."""
        found = await self.hg.ask("folder", path=text(path), at=at)
        return FolderThen(found["commit"], tuple(map(raw, found["files"]))) if found else None

    async def version(self, path: bytes, at: str | float) -> Version:
        """A file at a revision or at a time; raises RepositoryFailedError if it was not there."""
        found = await self.hg.ask("version", path=text(path), at=at)
        if found is None:
            raise RepositoryFailedError(f"there is no {printable(path)} at {at}", hint=_HINT)
        then = raw(found["path"])
        entry = Entry(*found["entry"])
        draft = self.layout.own / "version"
        draft.unlink(missing_ok=True)
        await self.hg.ask("export", commit=found["commit"], files=[[found["path"], str(draft)]])
        content = await asyncio.to_thread(_read, draft, entry.mode)
        return Version(found["commit"], then, entry, content)

    async def write_out(self, version: Version, output: Path) -> None:
        """Write a version to a file that does not exist yet."""
        await asyncio.to_thread(write_new_file, output, version.entry.mode, version.content)


def _read(file: Path, mode: str) -> bytes:
    content = os.fsencode(file.readlink()) if mode == SYMLINK else file.read_bytes()
    file.unlink()
    return content


def present(root: Path, path: bytes) -> bool:
    """Whether a file or a link is there now."""
    try:
        mode = os.lstat(os.fsencode(root) + b"/" + path).st_mode
    except OSError:
        return False
    return stat.S_ISREG(mode) or stat.S_ISLNK(mode)


def _past(found: Any) -> Past:
    paths = tuple(map(raw, found["paths"]))
    return Past(commit_info(found["info"]), found["host"], paths, found["more"])
