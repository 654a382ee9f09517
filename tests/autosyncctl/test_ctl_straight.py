"""`autosyncctl --json status`, which loads nothing that it does not need."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from autosyncctl import cli, straight
from tests.autosyncctl.fake_daemon import FakeDaemon
from tests.autosyncctl.processes import ROOT, start
from tests.control.fake_served import a_repository

PLAIN = ("--json", "status")


def answer(capfdbinary: pytest.CaptureFixture[bytes], *argv: str) -> tuple[int | None, bytes]:
    code = straight.run(argv)
    return code, capfdbinary.readouterr().out


def succeeds(program: str) -> bytes:
    """What a program in a Python of its own prints."""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


def test_it_prints_what_the_whole_client_prints(
    daemon: FakeDaemon, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    daemon.do(lambda: daemon.served.repositories.update({"ö\udcff": a_repository("ö\udcff")}))
    assert cli.main(PLAIN) == 0
    whole = capfdbinary.readouterr().out
    for argv in (PLAIN, PLAIN[::-1]):
        assert answer(capfdbinary, *argv) == (0, whole)


@pytest.mark.parametrize(
    "argv",
    [(), ("status",), ("--json", "status", "docs"), ("--json", "held"), ("--json", "--json")],
)
def test_other_command_lines_are_not_its_business(
    daemon: FakeDaemon, argv: tuple[str, ...]
) -> None:
    assert straight.run(argv) is None


def test_where_nothing_answers_the_whole_client_says_why(socket_file: Path) -> None:
    assert straight.run(PLAIN) is None
    with start(*PLAIN) as process:
        _, complaint = process.communicate(timeout=60)
    assert process.returncode == 3
    assert b"nothing answers at" in complaint


@pytest.mark.parametrize(
    "line",
    [
        b'{"jsonrpc":"2.0","id":1,"error":{"code":-32003,"message":"no"}}\n',
        b'{"jsonrpc":"2.0","method":"event","params":{}}\n{"jsonrpc":"2.0","id":1,"result":{}}\n',
        b'{"jsonrpc":"2.0","id":1,"result":{"cut off',
        b"\xff\n",
        b"",
    ],
)
def test_an_answer_that_is_anything_else_is_left_to_the_whole_client(
    socket_file: Path, line: bytes, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    with saying(socket_file, line):
        assert answer(capfdbinary, *PLAIN) == (None, b"")


def test_a_closed_pipe_and_a_full_disk_are_no_success(daemon: FakeDaemon) -> None:
    read, write = os.pipe()
    os.close(read)
    with open(write, "wb") as pipe, start(*PLAIN, stdout=pipe) as process:
        _, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (141, b"")
    with open("/dev/full", "wb") as full, start(*PLAIN, stdout=full) as process:
        _, complaint = process.communicate(timeout=60)
    assert process.returncode == 1
    assert complaint.startswith(b"autosyncctl: cannot write the output: ")


def test_it_loads_neither_msgspec_nor_rich_nor_argparse(daemon: FakeDaemon) -> None:
    program = (
        "import sys; sys.argv[1:] = ['--json', 'status']\n"
        "from autosyncctl.__main__ import main; code = main()\n"
        "loaded = {'msgspec', 'rich', 'argparse', 'typing_extensions'} & sys.modules.keys()\n"
        "sys.exit(f'loaded: {loaded}' if loaded else code)"
    )
    said = succeeds(program)
    assert said.startswith(b'{"daemon":')


def test_the_whole_client_loads_no_second_typing(daemon: FakeDaemon) -> None:
    """It takes longer to load than most commands; who needs it later on finds it all the same."""
    program = (
        "import sys; sys.argv[1:] = ['status']\n"
        "from autosyncctl.__main__ import main; code = main()\n"
        "loaded = 'typing_extensions' in sys.modules\n"
        "import typing_extensions\n"
        "sys.exit('loaded' if loaded else code)"
    )
    succeeds(program)


@contextmanager
def saying(path: Path, line: bytes) -> Iterator[None]:
    """Somebody who answers the first request with this, and hangs up."""
    path.parent.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(path))
        server.listen()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(line)

        thread = threading.Thread(target=serve)
        thread.start()
        yield
        thread.join(30)
