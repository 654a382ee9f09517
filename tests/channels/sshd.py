"""A real sshd on loopback, with a key for a shell and one for git alone."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port


def sshd_program() -> str | None:
    """Where sshd is; it is often not in the path of users."""
    return shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")


@contextmanager
def serving(folder: Path, *bare: str) -> "Iterator[Sshd]":
    """A server that has these bare repositories."""
    server = Sshd(folder)
    for name in bare:
        server.bare(name)
    server.start()
    yield server
    server.stop()


class Sshd:
    """A server whose whole configuration is in `folder`; its repositories are there, too."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "server"
        self.home.mkdir(parents=True)
        self.client = folder / "ssh_config"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        for name in ("host", "shell", "gitonly"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
            subprocess.run(command, check=True)
        self._write()

    def _write(self) -> None:
        folder, user = self.folder, getpass.getuser()
        shell, git = ((folder / f"{name}.pub").read_text().strip() for name in ("shell", "gitonly"))
        forced = 'command="git-shell -c \\"$SSH_ORIGINAL_COMMAND\\"",restrict'
        (folder / "authorized").write_text(f"{shell}\n{forced} {git}\n")
        (folder / "sshd_config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\n"
            f"AuthorizedKeysFile {folder}/authorized\n"
            "PermitRootLogin yes\nStrictModes no\nUsePAM no\nPidFile none\n"
            "PasswordAuthentication no\nPrintMotd no\nMaxStartups 100\nUseDNS no\n"
            # bash would read the start-up files of whoever runs the tests, whatever they do.
            f"SetEnv HOME={folder}\n"
        )
        hosts = "".join(
            f"Host {name}\n  IdentityFile {folder}/{name}\n" for name in ("shell", "gitonly")
        )
        self.client.write_text(
            f"{hosts}Host *\n  HostName 127.0.0.1\n  Port {self.port}\n  User {user}\n"
            f"  UserKnownHostsFile {folder}/known\n  StrictHostKeyChecking no\n"
            "  IdentitiesOnly yes\n  IdentityAgent none\n  LogLevel ERROR\n"
        )

    @property
    def environment(self) -> dict[str, str]:
        """By which git, and the channel, reach it."""
        return {"GIT_SSH_COMMAND": f"ssh -F {self.client}"}

    @property
    def logins(self) -> int:
        """How many there were so far."""
        return (self.folder / "log").read_text(errors="replace").count("Accepted publickey")

    def bare(self, name: str) -> Path:
        """A bare repository on the server; its URL is `shell:` and its path."""
        path = self.home / name
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(path)], check=True)
        return path

    def start(self) -> None:
        """Listen."""
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        command = [sshd_program() or "sshd", "-D", "-e", "-f", str(self.folder / "sshd_config")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stderr=log, start_new_session=True)
        deadline = time.monotonic() + 60
        while not self._answers():
            assert self._process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def freeze(self) -> None:
        """From now on those who are connected get no answer: like a dead link."""
        assert self._process
        for child in _children(self._process.pid):
            os.kill(child, signal.SIGSTOP)

    def stop(self) -> None:
        """Refuse everybody, and hang up on those who are there."""
        if self._process is None:
            return
        for one in _descendants(self._process.pid):
            _end(one)
        self._process.terminate()
        self._process.wait(30)
        self._process = None


def _children(pid: int) -> list[int]:
    try:
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _descendants(pid: int) -> list[int]:
    """All that a process has started, and so on; what sshd runs is in sessions of its own."""
    children = _children(pid)
    return [one for child in children for one in (child, *_descendants(child))]


def _end(pid: int) -> None:
    try:
        os.kill(pid, 9)
    except ProcessLookupError:
        pass
