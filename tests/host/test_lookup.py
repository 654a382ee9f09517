"""Names are looked up as ever, and a resolver that hangs keeps nobody from ending."""

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from autosyncd.host.lookup import Loop
from tests.system.machines import Machine, until
from tests.waiting import LIMIT

HANGING = """
import socket, sys, threading
def hang(*_, **__):
    print("asked", file=sys.stderr, flush=True)
    threading.Event().wait()
socket.getaddrinfo = hang
"""


def test_a_name_is_found_and_an_unknown_one_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask() -> None:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)
        assert found[0][4] == ("127.0.0.1", 80)

        def nobody(*_: object) -> None:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")

        monkeypatch.setattr(socket, "getaddrinfo", nobody)
        with pytest.raises(socket.gaierror, match="no such name"):
            await loop.getaddrinfo("nowhere", 80)

    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(ask())


def test_a_program_ends_while_its_resolver_hangs() -> None:
    program = f"""{HANGING}
import asyncio
from autosyncd.host.lookup import Loop
async def ask():
    try:
        await asyncio.wait_for(asyncio.get_running_loop().getaddrinfo("name", 80), 0.1)
    except TimeoutError:
        print("ends")
with asyncio.Runner(loop_factory=Loop) as runner:
    runner.run(ask())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, timeout=LIMIT, check=True
    )
    assert done.stdout == b"ends\n"


@pytest.mark.system
@pytest.mark.parametrize(
    "channel",
    [
        "reflector: {url: 'tcp://sync.example.org'}",
        "xmpp: {jid: me@example.org, password: x}",
        "xmpp: {jid: me@example.org, password: x, host: xmpp.example.org, port: 5223}",
    ],
)
def test_the_daemon_stops_while_its_resolver_hangs(tmp_path: Path, channel: str) -> None:
    machine = Machine(tmp_path, "laptop")
    patch = machine.home / "patched"
    patch.mkdir()
    (patch / "sitecustomize.py").write_text(HANGING)
    machine.extra = {"PYTHONPATH": f"{patch}:{os.environ.get('PYTHONPATH', '')}"}
    machine.start(f"repositories: []\nchannels:\n  {channel}\n")
    until(lambda: "asked" in machine.diary(), f"a name is looked up\n{machine.diary()}")
    assert machine.stop() == 0
