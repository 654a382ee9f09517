"""Real programs save a file: interactive ones are driven by keys in a terminal of their own."""

import asyncio
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

LIMIT = 60.0


def needs(program: str) -> None:
    """Skip the test where a program is not installed; in CI it must be."""
    if shutil.which(program) is None and os.environ.get("CI") != "true":
        pytest.skip(f"{program} is not installed here (`make tools`)")


@contextmanager
def outside_tmp() -> Iterator[Path]:
    """A folder that vim and emacs do not take for a temporary one, where they make no backups."""
    places = [place for place in ("/dev/shm", "/var/tmp") if os.access(place, os.W_OK)]
    with tempfile.TemporaryDirectory(prefix="autosync-editors-", dir=places[0]) as folder:
        yield Path(folder)


async def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition."""
    try:
        async with asyncio.timeout(LIMIT):
            while not condition():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"not within {LIMIT:g} s: {what}") from None


class Terminal:
    """A terminal in which one program runs, in `folder`."""

    def __init__(self, folder: Path, command: Sequence[str], scratch: Path) -> None:
        self._socket = str(scratch / uuid.uuid4().hex[:8])
        environment = {
            "HOME": str(scratch),
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "TMPDIR": str(scratch / "elsewhere"),
            "TERM": "xterm",
        }
        (scratch / "elsewhere").mkdir(exist_ok=True)
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24",
                   "-c", str(folder), *command, environment=environment)  # fmt: skip

    async def shows(self, text: str) -> None:
        """Wait for the program to show a text."""
        await until(lambda: text in self.screen(), f"{text!r} is shown")

    def screen(self) -> str:
        """What is shown now; empty when the program has ended."""
        return self._tmux("capture-pane", "-p", check=False)

    def keys(self, *keys: str) -> None:
        """Press keys, by tmux's names for them, or type a text."""
        self._tmux("send-keys", *keys)

    async def ends(self) -> None:
        """Wait for the program to end."""
        await until(lambda: not self._alive(), "the program has ended")

    def close(self) -> None:
        """End whatever still runs."""
        if self._alive():
            self._tmux("kill-server", check=False)

    def _alive(self) -> bool:
        done = subprocess.run(["tmux", "-S", self._socket, "has-session"], capture_output=True,
                              check=False)  # fmt: skip
        return done.returncode == 0

    def _tmux(
        self, *arguments: str, check: bool = True, environment: dict[str, str] | None = None
    ) -> str:
        command = ["tmux", "-S", self._socket, *arguments]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment, timeout=LIMIT
        )
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout if done.returncode == 0 else ""
