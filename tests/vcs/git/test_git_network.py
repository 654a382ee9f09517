"""Fetch and push never prompt, never hang, and leave no children behind."""

import asyncio
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autosyncd.errors import AutosyncError, OfflineError, RemoteNeedsUserError
from autosyncd.vcs.git import transfer
from autosyncd.vcs.git.command import PINNED
from autosyncd.vcs.git.repository import GitRepository
from tests.vcs.git.conftest import Trio
from tests.vcs.git.git_world import commit_by_hand, git, must_commit, opened, tracked, write

SIZE_REFUSED = """\
#!/bin/sh
echo 'error: Trace: 0123456789abcdef' >&2
echo 'error: See https://example.org/large-files for more information.' >&2
echo 'error: File big.bin is 123.00 MB; this exceeds the size limit of 100.00 MB' >&2
exit 1
"""


def program(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


def running(mark: str) -> list[int]:
    """The processes whose command line holds this text."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if mark.encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def no_more(mark: str) -> None:
    end = time.monotonic() + 60
    while running(mark):
        assert time.monotonic() < end, running(mark)
        time.sleep(0.02)


async def by_ssh(trio: Trio, ssh: Path) -> GitRepository:
    git(trio.mine, "remote", "set-url", "origin", f"ssh://nowhere.invalid{trio.remote}")
    return await opened(trio.mine, env={"GIT_SSH_COMMAND": str(ssh)})


@pytest.fixture(params=["fetch", "push"])
def action(request: pytest.FixtureRequest) -> Callable[[GitRepository, str], object]:
    if request.param == "fetch":
        return lambda repository, _commit: repository.fetch()
    return lambda repository, commit: repository.push(commit)


async def attempt(repository: GitRepository, action: object, commit: str) -> AutosyncError:
    assert callable(action)
    with pytest.raises(AutosyncError) as caught:
        await action(repository, commit)
    return caught.value


async def test_an_ssh_that_hangs_is_ended_with_all_its_children(
    trio: Trio, tmp_path: Path, action: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "NETWORK_TIMEOUT", 0.5)
    mark = "31415926"
    ssh = program(
        tmp_path / "ssh", f"#!/bin/sh\ntrap '' TERM HUP\nsleep {mark} &\nsleep {mark}\nsleep 9\n"
    )
    made = commit_by_hand(trio.mine, a="mine")
    error = await attempt(await by_ssh(trio, ssh), action, made)
    assert isinstance(error, OfflineError)
    assert "no end after" in error.message
    no_more(mark)


async def test_stopping_in_the_middle_of_a_fetch_ends_everything(
    trio: Trio, tmp_path: Path
) -> None:
    mark = "27182818"
    ssh = program(tmp_path / "ssh", f"#!/bin/sh\ntouch {tmp_path}/begun\nexec sleep {mark}\n")
    fetching = asyncio.create_task((await by_ssh(trio, ssh)).fetch())
    async with asyncio.timeout(60):
        while not (tmp_path / "begun").exists():
            await asyncio.sleep(0.01)
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    no_more(mark)


async def test_an_ssh_that_asks_for_a_password_finds_no_terminal(
    trio: Trio, tmp_path: Path, action: object
) -> None:
    ssh = program(
        tmp_path / "ssh",
        "#!/bin/sh\n"
        "if (exec </dev/tty) 2>/dev/null; then sleep 1000; fi\n"
        'test "$SSH_ASKPASS_REQUIRE" = never || sleep 1000\n'
        "cat >/dev/null &\n"
        "echo 'me@nowhere.invalid: Permission denied (publickey,password).' >&2\nexit 255\n",
    )
    made = commit_by_hand(trio.mine, a="mine")
    error = await attempt(await by_ssh(trio, ssh), action, made)
    assert isinstance(error, RemoteNeedsUserError)
    assert "Permission denied" in error.message


@pytest.fixture
def silent_server() -> Iterator[int]:
    """A server that takes connections and never says a word; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept: list[socket.socket] = []
        taking = threading.Thread(target=_take, args=(server, kept), daemon=True)
        taking.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        taking.join(5)
        for connection in kept:
            connection.close()


def _take(server: socket.socket, kept: list[socket.socket]) -> None:
    try:
        while True:
            kept.append(server.accept()[0])
    except OSError:
        pass


@pytest.mark.parametrize("scheme", ["http", "git"])
async def test_a_server_that_never_answers_is_given_up(
    trio: Trio, silent_server: int, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if scheme == "git":
        monkeypatch.setattr(transfer, "NETWORK_TIMEOUT", 0.5)
    else:
        monkeypatch.setitem(PINNED, "http.lowSpeedTime", "1")
    url = f"{scheme}://127.0.0.1:{silent_server}/x.git"
    git(trio.mine, "remote", "set-url", "origin", url)
    repository = await opened(trio.mine)
    for _ in range(2):
        with pytest.raises(OfflineError):
            await asyncio.wait_for(repository.fetch(), 60)
    no_more(f"127.0.0.1:{silent_server}")


def test_http_has_a_limit_of_its_own_and_it_is_short() -> None:
    assert int(PINNED["http.lowSpeedLimit"]) > 0
    assert 0 < int(PINNED["http.lowSpeedTime"]) <= 60


async def test_a_server_that_wants_credentials_is_never_answered_by_a_prompt(
    trio: Trio, tmp_path: Path
) -> None:
    answer = b'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (await reader.readline()).strip():
            pass
        writer.write(answer)
        await writer.drain()
        writer.close()

    asked = program(tmp_path / "askpass", f"#!/bin/sh\ntouch {tmp_path}/asked\nsleep 1000\n")
    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    git(trio.mine, "remote", "set-url", "origin", f"http://127.0.0.1:{port}/x.git")
    repository = await opened(
        trio.mine, env={"GIT_ASKPASS": str(asked), "SSH_ASKPASS": str(asked), "DISPLAY": ":9"}
    )
    async with server:
        with pytest.raises(RemoteNeedsUserError) as caught:
            await asyncio.wait_for(repository.fetch(), 60)
    assert "credential" in str(caught.value.hint)
    assert not (tmp_path / "asked").exists()


async def test_a_file_too_large_for_the_server_is_named_with_its_cure(trio: Trio) -> None:
    hook = trio.remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    program(hook, SIZE_REFUSED)
    repository = await opened(trio.mine)
    with pytest.raises(RemoteNeedsUserError, match=r"big\.bin is 123.00 MB") as caught:
        await repository.push(commit_by_hand(trio.mine, **{"big.bin": "x"}))
    assert "max_file_size" in str(caught.value.hint)


async def test_the_way_out_that_is_named_for_a_file_too_large_works(trio: Trio) -> None:
    hook = trio.remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    program(
        hook,
        "#!/bin/sh\nread old new ref\ngit rev-list --objects $new | grep -q big.bin || exit 0\n"
        "echo 'File big.bin exceeds the size limit' >&2\nexit 1\n",
    )
    repository = await opened(trio.mine)
    write(trio.mine, **{"big.bin": "x"}, other="small\n")
    made = await must_commit(repository)
    with pytest.raises(RemoteNeedsUserError) as caught:
        await repository.push(made.info.id)
    commands = ("`git reset --soft origin/main`", "`git rm --cached FILE`")
    assert all(command in str(caught.value.hint) for command in commands)
    git(trio.mine, "reset", "-q", "--soft", "origin/main")
    git(trio.mine, "rm", "-q", "--cached", "big.bin")
    (trio.mine / ".git" / "info" / "exclude").write_text("big.bin\n")
    made = await must_commit(repository)
    assert await repository.push(made.info.id) == 1
    assert tracked(trio.remote, "main") == {b"a", b"other", b"sub/b"}
    assert (trio.mine / "big.bin").read_text() == "x"
