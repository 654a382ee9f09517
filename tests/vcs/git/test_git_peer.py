"""Objects may come straight from another machine; what counts is what the remote says."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from autosyncd.errors import OfflineError
from autosyncd.vcs.git import peer
from tests.vcs.git.conftest import Trio
from tests.vcs.git.git_world import commit_by_hand, git, head, opened, text


def refs(folder: Path) -> list[str]:
    return text(folder, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()


def packs(folder: Path) -> int:
    """How many objects a repository has of its own."""
    return int(text(folder, "count-objects", "-v").split("in-pack: ")[1].split()[0]) + int(
        text(folder, "count-objects").split()[0]
    )


async def test_objects_come_and_nothing_moves_before_the_remote_says_so(trio: Trio) -> None:
    commit = commit_by_hand(trio.theirs, a="two\n", new="file\n")
    mine = await opened(trio.mine)
    await mine.fetch()
    before = refs(trio.mine)
    assert await mine.take_from_peer(str(trio.theirs), commit)
    now = refs(trio.mine)
    (added,) = set(now) - set(before)
    assert added.startswith("refs/autosync/peers/")
    assert added.endswith(commit)
    assert text(trio.mine, "status", "--porcelain") == ""
    standing = await mine.inspect()
    assert standing.head == standing.tip != commit
    await mine.fetch()
    assert refs(trio.mine) == before, "what the remote does not have is not kept"
    assert not await mine.take_from_peer(str(trio.theirs), commit), "it is here already"


async def test_the_remote_need_not_send_what_came_from_the_peer(trio: Trio) -> None:
    commit = commit_by_hand(trio.theirs, big=os.urandom(200_000).hex())
    git(trio.theirs, "push", "-q", "origin", "HEAD")
    mine = await opened(trio.mine)
    assert await mine.take_from_peer(str(trio.theirs), commit)
    had = packs(trio.mine)
    await mine.fetch()
    assert packs(trio.mine) == had
    standing = await mine.inspect()
    assert standing.tip == commit
    assert not [ref for ref in refs(trio.mine) if "peers" in ref]


@pytest.mark.parametrize("commit", ["", "main", "HEAD", "--upload-pack=x", "A" * 40, "a" * 39])
async def test_what_is_no_id_is_not_asked_for(trio: Trio, commit: str) -> None:
    mine = await opened(trio.mine)
    assert not await mine.take_from_peer(str(trio.theirs), commit)


async def test_who_lacks_it_or_is_not_there_says_so(trio: Trio, tmp_path: Path) -> None:
    mine = await opened(trio.mine)
    for url in (str(trio.theirs), str(tmp_path / "gone"), "git://127.0.0.1:1/docs"):
        with pytest.raises(OfflineError, match="cannot fetch from it"):
            await mine.take_from_peer(url, "d" * 40)
    assert not [ref for ref in refs(trio.mine) if "peers" in ref]


@pytest.fixture
async def silent() -> AsyncIterator[str]:
    """A git:// URL where somebody listens and says nothing."""
    writers: list[asyncio.StreamWriter] = []

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"git://127.0.0.1:{server.sockets[0].getsockname()[1]}/docs"
    server.close()
    for writer in writers:
        writer.close()
    await asyncio.sleep(0)


async def test_who_does_not_begin_to_answer_is_left(
    trio: Trio, silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer, "ANSWER", 0.3)
    mine = await opened(trio.mine)
    with pytest.raises(OfflineError, match=r"it says nothing for 0\.3 s"):
        await mine.take_from_peer(silent, "d" * 40)


async def test_no_command_is_run_for_a_url(trio: Trio, tmp_path: Path) -> None:
    git(trio.mine, "config", "protocol.ext.allow", "always")
    mine = await opened(trio.mine)
    with pytest.raises(OfflineError, match="not allowed"):
        await mine.take_from_peer(f"ext::touch {tmp_path}/ran", "d" * 40)
    assert not (tmp_path / "ran").exists()


async def test_objects_that_are_unsound_are_refused(trio: Trio) -> None:
    """A tree with an entry `.git` is what no git of a friend makes."""
    blob = text(trio.theirs, "hash-object", "-w", "a")
    bad = b"100644 .git\0" + bytes.fromhex(blob)
    tree = git(trio.theirs, "hash-object", "-t", "tree", "-w", "--stdin", "--literally", stdin=bad)
    made = text(trio.theirs, "commit-tree", tree.decode().strip(), "-p", "HEAD", "-m", "evil")
    git(trio.theirs, "update-ref", "refs/heads/evil", made)
    git(trio.theirs, "config", "uploadpack.allowAnySHA1InWant", "true")
    mine = await opened(trio.mine)
    with pytest.raises(OfflineError, match="cannot fetch from it"):
        await mine.take_from_peer(str(trio.theirs), made)
    assert not [ref for ref in refs(trio.mine) if "peers" in ref]
    assert head(trio.mine) != made
