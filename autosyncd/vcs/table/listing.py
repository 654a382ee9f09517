"""What a tool says of its working copy, line by line."""

import re
from dataclasses import dataclass
from pathlib import Path

from autosyncd.vcs.table.tool import Tool


@dataclass(frozen=True, slots=True)
class Listing:
    """The paths in which a working copy differs from its last commit."""

    new: frozenset[bytes]
    known: frozenset[bytes]


async def list_changes(tool: Tool, root: Path) -> Listing:
    """What the tool's `changes` says."""
    text = await tool.output(tool.table.changes, root)
    new, known = (_paths(text, form) for form in (tool.table.changes_new, tool.table.changes_known))
    return Listing(frozenset(new), frozenset(known - new))


async def list_files(tool: Tool, root: Path) -> frozenset[bytes]:
    """All files that the tool knows; without a command for it, none."""
    if not tool.table.files:
        return frozenset()
    return frozenset(_paths(await tool.answer("files", root), tool.table.files_line))


def matching(text: str, form: str) -> list[re.Match[str]]:
    """The lines that a regular expression describes as a whole."""
    return [found for line in text.split("\n") if (found := re.fullmatch(form, line))]


def path_of(found: re.Match[str]) -> bytes:
    """The path in a line, relative to the root and without a slash at its end."""
    path = found["path"].encode("utf-8", "surrogateescape")
    return path.removeprefix(b"./").rstrip(b"/")


def _paths(text: str, form: str) -> set[bytes]:
    found = {path_of(line) for line in matching(text.replace("\0", "\n"), form)}
    return found - {b"", b"."}
