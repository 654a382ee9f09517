"""The reflector as a program of its own: with the standard library alone, small, with TLS."""

import contextlib
import json
import resource
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import autosyncd
from tests.reflector.certificates import certificate_in
from tests.reflector.reflecting import WELCOME, Guest, until

ROOT = Path(autosyncd.__file__).parent.parent
BARE = (
    "import sys; sys.path.append(sys.argv.pop(1)); "
    "from autosyncd.reflector.__main__ import main; "
    "code = main(sys.argv[1:]); "
    "import json; print(json.dumps(sorted(sys.modules))); sys.exit(code)"
)
CLIENTS = 1000
LIMIT_KB = 20_000


@contextmanager
def reflector(*arguments: str) -> "Iterator[tuple[subprocess.Popen[bytes], int]]":
    """A reflector in a Python that knows no site-packages, and its port."""
    command = [sys.executable, "-I", "-S", "-c", BARE, str(ROOT), *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stderr is not None
        try:
            said = process.stderr.readline().decode()
            assert said.startswith("reflector listens on"), said
            yield process, int(said.split(" port ")[1].split(",")[0])
        finally:
            process.kill()


def _modules(process: "subprocess.Popen[bytes]") -> set[str]:
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    return {name.partition(".")[0] for name in json.loads(out)}


def test_it_runs_with_the_standard_library_alone_and_little_of_it() -> None:
    with reflector("--listen", "127.0.0.1:0") as (process, port):
        guest = Guest(("127.0.0.1", port))
        assert guest.line() == WELCOME
        guest.close()
        loaded = _modules(process)
    assert loaded - set(sys.stdlib_module_names) - {"__main__", "autosyncd"} == set()
    assert loaded.isdisjoint({"asyncio", "ssl", "logging", "dataclasses", "msgspec"})


def _memory(pid: int) -> int:
    """The most memory a process has had, in kB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


@pytest.fixture
def many_descriptors() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, CLIENTS + 200), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_descriptors")
def test_a_thousand_clients_fit_into_twenty_megabytes() -> None:
    with contextlib.ExitStack() as stack, reflector("--listen", "127.0.0.1:0") as (process, port):
        guests = [Guest(("127.0.0.1", port)) for _ in range(CLIENTS)]
        for number, guest in enumerate(guests):
            stack.callback(guest.close)
            guest.send(b"subscribe docs", b"subscribe of%d" % (number // 2))
        for guest in guests:
            assert guest.synced() == [WELCOME]
        guests[0].send(b"announce docs to everybody")
        assert {guest.line() for guest in guests} == {b"docs!to everybody"}
        memory = _memory(process.pid)
    print(f"{memory} kB with {CLIENTS} clients")
    assert memory < LIMIT_KB


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for localhost, with its key in the same file."""
    return certificate_in(tmp_path)


def test_tls_speaks_the_same_and_waits_for_nobody(certificate: Path) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate))
    arguments = ("--listen", "127.0.0.1:0", "--cert", str(certificate))
    with reflector(*arguments) as (process, port), contextlib.ExitStack() as stack:
        silent = socket.create_connection(("127.0.0.1", port), 30)
        stack.callback(silent.close)
        plain = Guest(("127.0.0.1", port))
        stack.callback(plain.close)
        plain.send(b"announce all in the clear")
        guests = []
        for _ in range(2):
            guest = Guest(("127.0.0.1", port))
            guest.sock = trusting.wrap_socket(guest.sock, server_hostname="localhost")
            stack.callback(guest.close)
            guests.append(guest)
            assert guest.line() == WELCOME
        guests[0].send(b"announce all " + b"x" * 4000, b"announce all encrypted")
        for guest in guests:
            assert guest.line() == b"all!" + b"x" * 4000
            assert guest.line() == b"all!encrypted"
        until(plain.hung_up, "who does not speak TLS is turned away")
        assert b"debug" not in plain.rest
        assert process.poll() is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--listen", "nowhere:x"], "is not HOST:PORT"),
        (["--listen", "::1"], "is not HOST:PORT"),
        (["--listen", "[::1"], "is not HOST:PORT"),
        (["--listen", "a:70000"], "is not HOST:PORT"),
        (["--key", "x"], "--key needs --cert"),
        (["--max-clients", "0"], "no number of connections"),
    ],
)
def test_a_wrong_command_line_is_said_with_exit_code_2(arguments: list[str], said: str) -> None:
    finished = _autosyncd("reflector", *arguments)
    assert finished.returncode == 2
    assert said in finished.stderr


def test_what_can_not_be_done_is_said_with_exit_code_1(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        finished = _autosyncd("reflector", "--listen", place)
    assert finished.returncode == 1
    assert finished.stderr == (
        f"autosyncd reflector: cannot listen on {place}: Address already in use\n"
    )
    finished = _autosyncd("reflector", "--cert", str(tmp_path / "none.pem"))
    assert finished.returncode == 1
    assert "cannot use the certificate" in finished.stderr


def test_the_daemon_says_where_the_reflector_is_when_options_come_first() -> None:
    finished = _autosyncd("--log-level", "debug", "reflector")
    assert finished.returncode == 2
    assert "autosyncd reflector --help" in finished.stderr


def _autosyncd(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "autosyncd", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=ROOT,
    )
