"""Real daemons for system tests: each "machine" has a home, a socket and a state of its own."""

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from autosyncctl.client import Client
from autosyncd.api.types import VersionResult
from autosyncd.errors import AutosyncError
from autosyncd.version import VERSION
from tests.waiting import LIMIT, wait_until

BIN = Path(sys.executable).parent
until = wait_until

QUICK = """\
defaults:
  settle: 200ms
  max_settle: 2s
  push_delay: 100ms
  pull_interval: 2s
"""


def git(folder: Path, *arguments: str) -> str:
    """What a git command that must succeed prints."""
    finished = subprocess.run(
        ["git", "-C", str(folder), *arguments], capture_output=True, check=False
    )
    assert finished.returncode == 0, finished.stderr.decode()
    return os.fsdecode(finished.stdout).strip()


class Machine:
    """One machine with one daemon."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.home = folder / name
        self.config = self.home / "autosync.yaml"
        # Short, wherever the tests' own files are: sockets have short paths, and ssh adds to them.
        self.runtime = Path(tempfile.mkdtemp(prefix="as-", dir="/tmp"))
        atexit.register(shutil.rmtree, self.runtime, ignore_errors=True)
        self.socket = self.runtime / "autosync" / "control.sock"
        self.log = self.home / "autosyncd.log"
        self.extra: dict[str, str] = {}
        self.process: subprocess.Popen[bytes] | None = None
        self.prefix: tuple[str, ...] = ()
        """What runs its programs somewhere else, such as `ip netns exec`."""
        self.home.mkdir(parents=True)
        (self.home / ".gitconfig").write_text(
            f"[user]\n\tname = {name}\n\temail = {name}@example.org\n"
            '[init]\n\tdefaultBranch = main\n[protocol "file"]\n\tallow = always\n'
        )

    @property
    def environment(self) -> dict[str, str]:
        """What a login on this machine would have."""
        return {
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self.runtime),
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            "PYTHONWARNINGS": "ignore",
            **({"PYTHONPATH": path} if (path := os.environ.get("PYTHONPATH")) else {}),
            **self.extra,
        }

    def clone(self, remote: Path, name: str = "docs") -> Path:
        """A clone of the remote in the home."""
        self.git_home("clone", "-q", str(remote), name)
        return self.home / name

    def git_home(self, *arguments: str) -> None:
        """git as this machine's user, in the home."""
        finished = subprocess.run(
            [*self.prefix, "git", "-C", str(self.home), *arguments],
            env=self.environment,
            capture_output=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr.decode()

    def start(self, configuration: str | None = None, *arguments: str, ready: bool = True) -> None:
        """Start the daemon, with this text as its configuration."""
        if configuration is not None:
            self.config.write_text(configuration)
        where = ["--config", str(self.config)] if self.config.exists() else []
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.prefix, str(BIN / "autosyncd"), *where, *arguments],
                env=self.environment,
                stderr=log,
                cwd=self.home,
            )
        if ready:
            until(self.answers, f"the daemon of {self.name} answers\n{self.diary()}")

    def answers(self) -> bool:
        """Whether the daemon serves its socket."""
        try:
            with Client(self.socket) as client:
                return client.call("version", {}, VersionResult).version == VERSION
        except AutosyncError:
            return False

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Stop the daemon and return its exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(number)
        code = self.process.wait(timeout=LIMIT)
        self.process = None
        return code

    def ctl(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """autosyncctl, as this machine's user."""
        return subprocess.run(
            [str(BIN / "autosyncctl"), *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            cwd=self.home,
            check=False,
            timeout=LIMIT,
        )

    def status(self) -> list[dict[str, Any]]:
        """All repositories as `status --json` shows them."""
        repositories: list[dict[str, Any]] = self._whole_status()["repositories"]
        return repositories

    def daemon(self) -> dict[str, Any]:
        """The daemon itself as `status --json` shows it."""
        daemon: dict[str, Any] = self._whole_status()["daemon"]
        return daemon

    def _whole_status(self) -> dict[str, Any]:
        """Asked without a program of its own: tests ask again and again until something is so."""
        with Client(self.socket) as client:
            return client.call("status", {}, dict[str, Any])

    def repository(self, name: str = "docs") -> dict[str, Any]:
        """One repository's status."""
        return next(entry for entry in self.status() if entry["name"] == name)

    def in_step(self) -> bool:
        """Whether every repository rests, in step with its remote."""
        return all(
            entry["state"] == "idle"
            and not (entry["pending"] or entry["ahead"] or entry["behind"])
            and entry["in_step"] is not None
            and entry["in_step"]["commit"] == entry["last_commit"]["id"]
            for entry in self.status()
        )

    def diary(self) -> str:
        """The daemon's log."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""


def bare_remote(folder: Path) -> Path:
    """An empty bare repository that machines can clone."""
    remote = folder / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(remote)], check=True)
    return remote


def tree_of(folder: Path) -> dict[bytes, tuple[str, bytes]]:
    """Every file and link below a working tree: what it is, and what it holds."""
    found: dict[bytes, tuple[str, bytes]] = {}
    top = os.fsencode(folder)
    for here, folders, files in os.walk(top):
        if here == top:
            folders[:] = [name for name in folders if name not in (b".git", b".hg")]
        for name in [*files, *folders]:
            path = os.path.join(here, name)
            relative = os.path.relpath(path, top)
            if os.path.islink(path):
                found[relative] = ("link", os.readlink(path))
            elif os.path.isfile(path):
                executable = os.stat(path).st_mode & 0o100
                with open(path, "rb") as file:
                    found[relative] = ("program" if executable else "file", file.read())
    return found
