"""A link that swallows everything, with no reset and no link that goes down, is noticed."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.channels.sshd import Sshd, sshd_program
from tests.channels.xmpp.prosody import Prosody
from tests.system.two_networks import FAST, Networks, possible, two_networks

pytestmark = [pytest.mark.system]
if os.environ.get("CI") != "true":
    pytestmark.append(pytest.mark.skipif(not possible(), reason="needs root for namespaces"))

SERVER = f"{FAST}.1"
LIMIT = 60.0


@pytest.fixture
def networks() -> Iterator[Networks]:
    with two_networks() as made:
        yield made


@contextmanager
def program(*command: str) -> Iterator["subprocess.Popen[str]"]:
    """Something that runs in a session of its own as long as the block lasts, at most for LIMIT."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        late = threading.Timer(LIMIT, process.kill)
        late.start()
        try:
            yield process
        finally:
            late.cancel()
            os.killpg(process.pid, 9)


def reflector(_folder: Path) -> tuple[Sequence[str], Sequence[str]]:
    """The server's command, and where it is for a client."""
    command = ("-m", "autosyncd", "reflector", "--listen", f"{SERVER}:1986")
    return (sys.executable, *command), (f"{SERVER}:1986",)


def prosody(folder: Path) -> tuple[Sequence[str], Sequence[str]]:
    if os.environ.get("CI") != "true" and not shutil.which("prosody"):
        pytest.skip("prosody is not installed")
    server = Prosody(folder)
    config = folder / "prosody.cfg.lua"
    config.write_text(config.read_text().replace("127.0.0.1", SERVER))
    return ("prosody", "--config", str(config), "-F"), (f"{SERVER}:{server.port}",)


def sshd(folder: Path) -> tuple[Sequence[str], Sequence[str]]:
    if os.environ.get("CI") != "true" and not sshd_program():
        pytest.skip("sshd is not installed")
    server = Sshd(folder)
    server.bare("docs.git")
    for file in (folder / "sshd_config", server.client):
        file.write_text(file.read_text().replace("127.0.0.1", SERVER))
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    where = (f"shell:{server.home}/docs.git", server.environment["GIT_SSH_COMMAND"])
    return (sshd_program() or "sshd", "-D", "-f", str(folder / "sshd_config")), where


@pytest.mark.parametrize(
    ("kind", "served"), [("reflector", reflector), ("xmpp", prosody), ("ssh", sshd)]
)
def test_a_blackholed_link_is_noticed_and_connected_again_when_it_is_back(
    networks: Networks,
    tmp_path: Path,
    kind: str,
    served: Callable[[Path], tuple[Sequence[str], Sequence[str]]],
) -> None:
    command, where = served(tmp_path / "server")
    client = (sys.executable, "-m", "tests.channels.far_end", kind, *where)
    with (
        program(*networks.inside(networks.here), *command),
        program(*networks.inside(networks.there), *client) as far,
    ):
        assert far.stdout
        assert far.stdout.readline() == "connected\n"
        networks.cut("fast")
        assert far.stdout.readline() == "lost\n"
        networks.mend("fast", SERVER)
        assert far.stdout.readline() == "connected\n"
