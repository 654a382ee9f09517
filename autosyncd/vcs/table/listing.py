"""What a tool says of its working copy, line by line."""

import re
from pathlib import Path

from autosyncd.vcs.table.tool import Tool


async def list_files(tool: Tool, root: Path) -> frozenset[bytes]:
    """All files that the tool knows; without a command for it, none."""
    if not tool.table.files:
        return frozenset()
    return frozenset(paths_in(await tool.answer("files", root), tool.table.files_line))


async def list_programs(tool: Tool, root: Path) -> frozenset[bytes]:
    """The files that are executable to the tool."""
    return frozenset(paths_in(await tool.answer("programs", root), tool.table.programs_line))


def matching(text: str, form: str) -> list[re.Match[str]]:
    """The lines that a regular expression describes as a whole."""
    return [found for line in text.split("\n") if (found := re.fullmatch(form, line))]


def path_of(found: re.Match[str]) -> bytes:
    """The path in a line, relative to the root and without a slash at its end."""
    path = found["path"].encode("utf-8", "surrogateescape")
    return path.removeprefix(b"./").rstrip(b"/")


def paths_in(text: str, form: str) -> set[bytes]:
    """The paths in the lines of that form."""
    found = {path_of(line) for line in matching(text.replace("\0", "\n"), form)}
    return found - {b"", b"."}
