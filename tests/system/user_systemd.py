"""A real `systemd --user` in namespaces of its own, with autosync installed for it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.system.machines import BIN, until

SCRIPT = Path(__file__).with_suffix(".sh")
NAMESPACES = ["--mount", "--pid", "--fork", "--mount-proc", "--propagation", "private"]


class UserSystemd:
    """The manager's home, and commands as its user would type them."""

    def __init__(self, home: Path, leader: int) -> None:
        self.home = home
        self._leader = leader

    def run(self, *command: str, check: bool = True) -> str:
        """What a command prints, run where the manager is."""
        finished = self.finished(*command)
        if check:
            assert finished.returncode == 0, (command, finished.stdout, finished.stderr, self.log())
        return finished.stdout.strip()

    def finished(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """A command that may fail."""
        return subprocess.run(
            [*self._enter, *command],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    @contextmanager
    def running(self, *command: str) -> Iterator[None]:
        """A command that ends by itself until the end of the block."""
        quiet = subprocess.DEVNULL
        with subprocess.Popen([*self._enter, *command], env=self._environment, stderr=quiet):
            yield

    @property
    def _enter(self) -> list[str]:
        where = ["nsenter", "-t", str(self._leader), "--mount", "--pid", "--cgroup"]
        return [*where, "env", "-C", str(self.home)]

    @property
    def _environment(self) -> dict[str, str]:
        return {
            "HOME": str(self.home),
            "USER": "root",
            "PATH": f"{BIN}:/usr/bin:/bin",
            "LC_ALL": "C.UTF-8",
            "XDG_RUNTIME_DIR": "/run/user/0",
        }

    def systemctl(self, *arguments: str) -> str:
        """systemctl --user, which must succeed."""
        return self.run("systemctl", "--user", *arguments)

    def ctl(self, *arguments: str) -> str:
        """autosyncctl, which must succeed."""
        return self.run("autosyncctl", *arguments)

    def status(self) -> list[dict[str, Any]]:
        """All repositories as `status --json` shows them."""
        found: list[dict[str, Any]] = json.loads(self.ctl("status", "--json"))["repositories"]
        return found

    def property(self, name: str, unit: str = "autosyncd.service") -> str:
        """One property of a unit."""
        return self.run("systemctl", "--user", "show", "--value", f"--property={name}", unit)

    def log(self) -> str:
        """What the manager complained of."""
        return (self.home / "systemd.log").read_text(errors="replace")


@contextmanager
def user_systemd(home: Path) -> Iterator[UserSystemd]:
    """A manager that runs until the end of the block."""
    command = ["unshare", *NAMESPACES, "bash", str(SCRIPT), str(home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        try:
            assert process.stdout.readline() == b"running\n", (home / "systemd.log").read_text()
            yield UserSystemd(home, innermost(process.pid))
        finally:
            process.stdin.close()
            process.wait(60)
    until(remove_groups, "the control groups are gone")


def remove_groups() -> bool:
    """Control groups outlive their processes."""
    for group in Path("/sys/fs/cgroup").glob("**/autosync-test-*"):
        for folder in sorted(group.glob("**/"), reverse=True):
            try:
                folder.rmdir()
            except OSError:
                return False
    return True


def innermost(pid: int) -> int:
    """The process that stands lowest below this one, by first children."""
    while children := Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        pid = int(children[0])
    return pid


def supported() -> bool:
    """Whether such a manager can run here: namespaces need root."""
    return os.getuid() == 0 and Path("/lib/systemd/systemd").exists() and sys.platform == "linux"
