"""A real sshd on loopback, with keys of its own, for who may and may not log in."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ports import free_port

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"
LIMIT = 60.0

NEEDS_SSHD = pytest.mark.skipif(
    not os.access(SSHD, os.X_OK) and not os.environ.get("CI"), reason="no sshd (see .ci/tools)"
)


@dataclass(frozen=True, slots=True)
class SshServer:
    """A server, and the ways in which clients may come to it."""

    folder: Path
    port: int

    @property
    def destination(self) -> str:
        """user@host."""
        return f"{getpass.getuser()}@127.0.0.1"

    def url(self, path: Path | str) -> str:
        """The URL of a repository there."""
        return f"ssh://{self.destination}:{self.port}{path}"

    def client(
        self, *, key: str | None = "good", known: bool = True, hosts: Path | None = None
    ) -> str:
        """An ssh command for GIT_SSH_COMMAND; without `known` the host's key is a stranger."""
        file = hosts or (self.folder / ("known_hosts" if known else "nobody"))
        identity = self.folder / key if key else self.folder / "absent"
        return (
            f"ssh -F none -oIdentitiesOnly=yes -oIdentityFile={identity} "
            f"-oUserKnownHostsFile={file} -oGlobalKnownHostsFile=/dev/null"
        )


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    """One for all tests that leave it as it is."""
    with ssh_server(tmp_path_factory.mktemp("ssh") / "server") as running:
        yield running


@contextmanager
def ssh_server(folder: Path, *, command: str | None = None) -> Iterator[SshServer]:
    """Serve inside the `with` block; every login runs `command` if that is given.

    The key `good` is let in, `wrong` is not, and `locked` is let in but has a passphrase.
    """
    folder.mkdir(parents=True)
    for name, phrase in (("host", ""), ("good", ""), ("wrong", ""), ("locked", "secret")):
        _keygen(folder / name, phrase)
    allowed = [(folder / f"{name}.pub").read_text() for name in ("good", "locked")]
    (folder / "authorized_keys").write_text("".join(allowed))
    port = free_port()
    host = (folder / "host.pub").read_text()
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {host}")
    (folder / "config").write_text(_config(folder, port, command))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen([SSHD, "-D", "-e", "-f", str(folder / "config")], stderr=log) as server,
    ):
        try:
            _until_it_answers(port, folder / "log")
            yield SshServer(folder, port)
        finally:
            server.terminate()


def _config(folder: Path, port: int, command: str | None) -> str:
    lines = [
        f"Port {port}",
        "ListenAddress 127.0.0.1",
        f"HostKey {folder}/host",
        f"AuthorizedKeysFile {folder}/authorized_keys",
        f"PidFile {folder}/pid",
        "StrictModes no",
        "UsePAM no",
        "PermitRootLogin yes",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        f"SetEnv GIT_CONFIG_NOSYSTEM=1 HOME={folder}",
    ]
    return "\n".join([*lines, f"ForceCommand {command}" if command else "", ""])


def _keygen(file: Path, phrase: str) -> None:
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", phrase, "-f", str(file)]
    subprocess.run(command, check=True)


def _until_it_answers(port: int, log: Path) -> None:
    deadline = time.monotonic() + LIMIT
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
