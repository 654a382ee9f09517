"""One login serves many commands, and a connection that does not work keeps nobody waiting."""

import asyncio
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from autosyncd.core.urls import ssh_place
from autosyncd.process import run
from autosyncd.ssh.connections import LONGEST_FOLDER, Connections, Loan
from autosyncd.ssh.route import Route
from tests.channels.contract import LIMIT, until
from tests.channels.sshd import Sshd, serving, sshd_program

if os.environ.get("CI") != "true":
    pytestmark = pytest.mark.skipif(sshd_program() is None, reason="no sshd: sh .ci/tools")

ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loaded machine takes its time; what has to be given up is given up all the same."""
    monkeypatch.setattr("autosyncd.ssh.master.ANSWER", 5.0)
    monkeypatch.setattr("autosyncd.ssh.master.LOGIN", 60.0)
    monkeypatch.setattr("autosyncd.ssh.route.LIMIT", 60.0)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with serving(tmp_path_factory.mktemp("sshd")) as running:
        yield running


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Sshd]:
    """One that a test may do everything to."""
    with serving(tmp_path / "sshd") as running:
        yield running


@pytest.fixture
def parent() -> Iterator[Path]:
    with TemporaryDirectory(prefix="as-", dir="/tmp") as folder:
        yield Path(folder)


def route(server: Sshd, host: str = "shell", *options: str) -> Route:
    place = ssh_place(f"{host}:x")
    assert place
    return Route(shlex.join(("ssh", "-F", str(server.client), *options)), ENVIRONMENT, place)


@asynccontextmanager
async def connections(
    parent: Path, *, idle: float = 60.0, alive: int = 5
) -> AsyncIterator[Connections]:
    made = Connections(parent, idle=idle, alive=alive, patience=LIMIT)
    task = asyncio.create_task(made.run())
    await until((parent / f"ssh-{os.getpid()}").exists)
    try:
        yield made
    finally:
        task.cancel()
        await asyncio.wait({task})
    assert not list(parent.iterdir()), "nothing is left"
    await until(lambda: not masters(parent))


def masters(parent: Path) -> list[int]:
    """All processes that were told of a socket in a folder; their shells are among them."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            told = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if entry.name.isdigit() and f"ControlPath={parent}".encode() in told:
            found.append(int(entry.name))
    return found


async def says(way: Route, loan: Loan, what: str = "echo here") -> tuple[int, str]:
    """Run a command there as git would."""
    command = f"{way.command} {loan.options}"
    argv = ("sh", "-c", f'{command} "$@"', "ssh", *way.place.arguments, what)
    finished = await run(argv, cwd="/", env=ENVIRONMENT)
    return finished.returncode, finished.stdout.decode() + finished.complaint


async def once(made: Connections, way: Route) -> str:
    """One command through whatever there is; returns the options it had."""
    async with made.borrow(way) as loan:
        assert await says(way, loan) == (0, "here\n")
    return loan.options


async def test_commands_one_after_the_other_and_side_by_side_share_one_login(
    server: Sshd, parent: Path
) -> None:
    way, before = route(server), server.logins
    async with connections(parent) as made:
        used = {await once(made, way) for _ in range(2)}
        used |= set(await asyncio.gather(*(once(made, way) for _ in range(4))))
    assert len(used) == 1
    assert server.logins == before + 1


async def test_keys_and_surroundings_that_differ_share_nothing(server: Sshd, parent: Path) -> None:
    async with connections(parent) as made:
        ways = (route(server), route(server, "shell", "-oLogLevel=QUIET"))
        first, second = [await once(made, way) for way in ways]
    assert first != second


async def test_the_options_lead_to_no_other_host(server: Sshd, parent: Path) -> None:
    """git-lfs may use the same command for another server."""
    way = route(server)
    other = route(server, "gitonly", "-p", "1")
    async with connections(parent) as made, made.borrow(way) as loan:
        code, said = await says(other, loan)
    assert (code, "refused" in said) == (255, True)


async def test_sessions_beyond_the_servers_limit_log_in_by_themselves(
    own_server: Sshd, parent: Path
) -> None:
    own_server.stop()
    with (own_server.folder / "sshd_config").open("a") as config:
        config.write("MaxSessions 1\n")
    own_server.start()
    way = route(own_server)
    async with connections(parent) as made, made.borrow(way) as loan:
        answers = await asyncio.gather(*(says(way, loan, "cat; echo here") for _ in range(3)))
    assert [code for code, _ in answers] == [0, 0, 0]
    assert all("here" in said for _, said in answers)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_connection_whose_ssh_is_killed_or_stopped_is_replaced(
    server: Sshd, parent: Path, number: signal.Signals
) -> None:
    way, before = route(server), server.logins
    async with connections(parent) as made:
        await once(made, way)
        stopped = masters(parent)
        for pid in stopped:
            os.kill(pid, number)
        await once(made, way)
        await until(lambda: not set(stopped) & set(masters(parent)))
        await until(lambda: server.logins >= before + 2)
        assert await once(made, way)


async def test_a_server_that_hung_up_is_logged_in_to_again(own_server: Sshd, parent: Path) -> None:
    way = route(own_server)
    async with connections(parent) as made:
        await once(made, way)
        own_server.stop()
        await until(lambda: all(one.retired for one in made._masters.values()))
        own_server.start()
        before = own_server.logins
        assert await once(made, way)
        await once(made, way)
        assert own_server.logins == before + 1


async def test_a_dead_link_holds_nobody_up_for_long_and_is_avoided_after_a_failure(
    own_server: Sshd, parent: Path
) -> None:
    """What waits for it fails, or logs in by itself, as the version of ssh has it."""
    way = route(own_server)
    async with connections(parent, alive=1) as made:
        await once(made, way)
        own_server.freeze()
        async with asyncio.timeout(60), made.borrow(way) as loan:
            assert loan.options
            code, said = await says(way, loan)
            assert (code, said.startswith("here\n")) in ((0, True), (255, False))
            loan.failed = True
        assert await once(made, way) == "", "it does not trust that host's connections now"
        made.renew()
        assert await once(made, way), "another network, another try"


async def test_after_a_change_of_networks_nothing_old_is_used(server: Sshd, parent: Path) -> None:
    way, before = route(server), server.logins
    async with connections(parent) as made:
        async with made.borrow(way) as loan:
            made.renew()
            await once(made, way)
            assert await says(way, loan) == (0, "here\n"), "who is at work is not cut off"
        await once(made, way)
        await until(lambda: len(list(parent.glob("*/*"))) == 1)
    assert server.logins == before + 2


async def test_without_any_use_it_ends(server: Sshd, parent: Path) -> None:
    way = route(server)
    async with connections(parent, idle=0.1) as made:
        await once(made, way)
        await until(lambda: not masters(parent))
        assert await once(made, way)


async def test_a_host_that_lets_nobody_in_is_tried_once_and_left_alone(
    server: Sshd, parent: Path
) -> None:
    way = route(server, "shell", "-p", "1")
    async with connections(parent) as made:
        for _ in range(2):
            async with made.borrow(way) as loan:
                assert loan.options == ""
            await until(lambda: not masters(parent))


@pytest.mark.parametrize("setting", ["ControlPath=/tmp/own-%C", "ControlMaster=auto"])
async def test_whoever_shares_connections_by_himself_keeps_his(
    server: Sshd, parent: Path, setting: str
) -> None:
    async with (
        connections(parent) as made,
        made.borrow(route(server, "shell", f"-o{setting}")) as loan,
    ):
        assert loan.options == ""


async def test_a_login_that_takes_long_is_not_waited_for_and_serves_those_who_come_later(
    server: Sshd, parent: Path
) -> None:
    slow = Route(f"sleep 1; {route(server).command}", ENVIRONMENT, route(server).place)
    made = Connections(parent, patience=0.1)
    task = asyncio.create_task(made.run())
    await until((parent / f"ssh-{os.getpid()}").exists)
    async with made.borrow(slow) as loan:
        assert loan.options == ""
    await until(lambda: made._masters[slow.key].up.done())
    async with made.borrow(slow) as loan:
        assert loan.options
    task.cancel()
    await asyncio.wait({task})


async def test_what_is_no_openssh_is_left_alone(server: Sshd, parent: Path) -> None:
    place = ssh_place("shell:x")
    assert place
    async with connections(parent) as made, made.borrow(Route("echo", ENVIRONMENT, place)) as loan:
        assert loan.options == ""


async def test_nothing_is_shared_where_no_socket_fits_or_nobody_runs_it(
    server: Sshd, tmp_path: Path
) -> None:
    long = tmp_path / ("long" * LONGEST_FOLDER)[:LONGEST_FOLDER]
    long.mkdir()
    for made in (Connections(long), Connections(None)):
        task = asyncio.create_task(made.run())
        await asyncio.sleep(0)
        async with made.borrow(route(server)) as loan:
            assert loan.options == ""
        task.cancel()
        await asyncio.wait({task})
    async with Connections(tmp_path).borrow(route(server)) as loan:
        assert loan.options == ""


KILLED = """
import asyncio, os, sys
from pathlib import Path
from autosyncd.core.urls import ssh_place
from autosyncd.ssh.connections import Connections
from autosyncd.ssh.route import Route
async def main():
    made = Connections(Path(sys.argv[1]), patience=60.0)
    task = asyncio.create_task(made.run())
    await asyncio.sleep(0)
    way = Route(sys.argv[2], dict(os.environ), ssh_place("shell:x"))
    async with made.borrow(way) as loan:
        print(loan.options, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


@contextmanager
def killed_daemon(parent: Path, way: Route) -> Iterator[None]:
    """One that had a connection until the block begins."""
    command = [sys.executable, "-c", KILLED, str(parent), way.command]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as daemon:
        try:
            assert daemon.stdout
            assert "ControlPath" in daemon.stdout.readline()
        finally:
            daemon.kill()
    yield


async def test_when_the_daemon_is_killed_its_connections_end_and_the_next_one_cleans_up(
    server: Sshd, parent: Path
) -> None:
    with killed_daemon(parent, route(server)):
        await until(lambda: not masters(parent))
    assert list(parent.iterdir())
    async with connections(parent) as made:
        await until(lambda: len(list(parent.iterdir())) == 1)
        assert await once(made, route(server))
