"""People who type what the documentation says, each with a home of their own."""

import atexit
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.system.machines import BIN, until
from tests.waiting import LIMIT


class Person:
    """Somebody with a home, a shell and git's settings, and nothing else."""

    def __init__(self, folder: Path, name: str) -> None:
        self.home = folder / name
        self.home.mkdir(mode=0o700)
        runtime = tempfile.mkdtemp(prefix="as-")  # short: sockets have short paths
        atexit.register(shutil.rmtree, runtime, ignore_errors=True)
        self.environment = {
            "HOME": str(self.home),
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "XDG_RUNTIME_DIR": runtime,
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        self.run(f"git config --global user.name {name}")
        self.run(f"git config --global user.email {name}@example.org")
        self.run("git config --global init.defaultBranch main")

    def run(self, line: str, folder: Path | None = None) -> str:
        """What a line that must succeed prints."""
        done = self.tries(line, folder)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout

    def tries(self, line: str, folder: Path | None = None) -> "subprocess.CompletedProcess[str]":
        """What comes of a line."""
        return subprocess.run(
            ["bash", "-c", line],
            cwd=folder or self.home,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )

    def answers(self) -> bool:
        """Whether this person's daemon does."""
        command = [str(BIN / "autosyncctl"), "version"]
        return not subprocess.run(
            command, env=self.environment, capture_output=True, check=False
        ).returncode

    @contextmanager
    def daemon(self, line: str) -> Iterator[None]:
        """The daemon, started by this line."""
        with (self.home / "log").open("wb") as log:
            process = subprocess.Popen(
                shlex.split(line), cwd=self.home, env=self.environment, stderr=log
            )
        try:
            until(self.answers, "the daemon answers")
            yield
        finally:
            process.terminate()
            process.wait(timeout=60)

    def begins(self, line: str, folder: Path) -> None:
        """A line that goes on for ever prints something."""
        with subprocess.Popen(
            ["bash", "-c", f"exec {line}"], cwd=folder, env=self.environment, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout
            assert process.stdout.readline(), line
            process.kill()


def the_line(found: list[str], begin: str) -> str:
    """The only one that begins so."""
    (line,) = {line for line in found if line.startswith(begin)}
    return line
