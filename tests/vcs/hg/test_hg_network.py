"""Remotes over ssh and http: real servers on loopback; nothing ever asks, and nothing hangs."""

import asyncio
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from autosyncd.core.plan import Relation
from autosyncd.errors import OfflineError, RemoteNeedsUserError
from tests.channels.sshd import Sshd, serving
from tests.vcs.contract.copies import Copy
from tests.vcs.hg.conftest import FIRST, Pair
from tests.vcs.hg.hg_world import hg


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    """An ssh server."""
    with serving(tmp_path / "sshd") as server:
        yield server


@pytest.fixture
def web(pair: Pair) -> Iterator[str]:
    """The shared repository's address at an hg web server that lets everybody push."""
    free = ("--config", "web.push_ssl=no", "--config", "web.allow_push=*")
    argv = ["hg", "serve", "-R", pair.address, "-a", "127.0.0.1", "-p", "0", *free]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert process.stdout
        said = process.stdout.readline().decode()
        found = re.search(r"bound to .*?:(\d+)\)", said)
        assert found, said
        yield f"http://127.0.0.1:{found[1]}/"
    finally:
        process.terminate()
        process.wait(60)
        if process.stdout:
            process.stdout.close()


def use(copy: Copy, url: str, *lines: str) -> None:
    """Let a working copy have another remote."""
    settings = "\n".join((f"[paths]\ndefault = {url}", *lines))
    (copy.root / ".hg" / "hgrc").write_text(settings + "\n")


async def exchanged(pair: Pair) -> None:
    pair.mine.write({b"mine": b"m\n"})
    await pair.mine.sync()
    await pair.theirs.sync()
    pair.theirs.write({b"a.txt": b"theirs\n"})
    await pair.theirs.sync()
    await pair.mine.sync()
    assert pair.mine.files() == {**FIRST, b"mine": b"m\n", b"a.txt": b"theirs\n"}
    assert (await pair.mine.repository.inspect()).relation is Relation.SAME


async def test_it_syncs_over_ssh(pair: Pair, sshd: Sshd) -> None:
    use(pair.mine, f"ssh://shell/{pair.address}", f"[ui]\nssh = ssh -F {sshd.client}")
    await exchanged(pair)
    assert sshd.logins


async def test_a_key_that_is_refused_is_told_and_nothing_asks(pair: Pair, sshd: Sshd) -> None:
    (sshd.folder / "authorized").write_text("")
    use(pair.mine, f"ssh://shell/{pair.address}", f"[ui]\nssh = ssh -F {sshd.client}")
    with pytest.raises(RemoteNeedsUserError, match="credentials") as caught:
        await pair.mine.repository.fetch()
    assert caught.value.hint


async def test_it_syncs_over_http(pair: Pair, web: str) -> None:
    use(pair.mine, web)
    await exchanged(pair)
    assert b"mine" in hg(Path(pair.address), "manifest", "-r", "tip")


async def test_a_server_that_never_answers_holds_up_no_commit(pair: Pair) -> None:
    reached = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.set()
        await reader.read()  # until the other side has gone
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    use(pair.mine, f"http://127.0.0.1:{port}/")
    fetch = asyncio.ensure_future(pair.mine.repository.fetch())
    await asyncio.wait_for(reached.wait(), 60)
    pair.mine.write({b"meanwhile": b"m\n"})
    assert await pair.mine.commit()
    assert not fetch.done()
    fetch.cancel()
    await asyncio.wait({fetch}, timeout=60)
    assert fetch.cancelled()
    server.close()
    use(pair.mine, "http://127.0.0.1:1/")
    with pytest.raises(OfflineError):
        await pair.mine.repository.fetch()
