"""git's list of what this working copy alone ignores: `info/exclude`, see gitignore(5)."""

import re

from autosyncd.vcs.git.layout import Layout

_SPECIAL = re.compile(rb"[\\*?\[ ]")


def exclude(layout: Layout, path: bytes) -> None:
    """Ignore exactly this path from now on."""
    file = layout.common_dir / "info" / "exclude"
    file.parent.mkdir(exist_ok=True)
    before = file.read_bytes() if file.exists() else b""
    separator = b"" if before.endswith(b"\n") or not before else b"\n"
    with file.open("ab") as out:
        out.write(separator + pattern(path) + b"\n")


def pattern(path: bytes) -> bytes:
    """What fits this path alone; a line can't hold a newline, so any character stands for it."""
    escaped = _SPECIAL.sub(lambda found: b"\\" + found.group(), path)
    return b"/" + escaped.replace(b"\n", b"?").replace(b"\r", b"?")
