"""What runs on the server, and how it gets there through any login shell."""

from collections.abc import Sequence
from importlib import resources

GREETING = "autosync watches by "


def script() -> bytes:
    """The watcher without its comments."""
    text = resources.files("autosyncd.channels.ssh").joinpath("watcher.sh").read_text("ascii")
    lines = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return ("\n".join(lines) + "\n").encode("ascii")


def command() -> str:
    """The remote command: a shell that reads the watcher from its input, byte by byte, so that
    nothing of what follows is lost. Quoted such that every login shell understands it the same."""
    return f"exec sh -c 'eval \"$(dd bs=1 count={len(script())} 2>/dev/null)\"'"


def told(paths: Sequence[str]) -> bytes:
    """What the input of that command has to be."""
    lines = "".join(f"{path}\n" for path in (*paths, ""))
    return script() + lines.encode("utf-8", "surrogateescape")
