"""How far a transfer has come, from what git says of it."""

import asyncio
import os
from pathlib import Path

from autosyncd.process import Slots
from autosyncd.vcs.base import OpenOptions, Repository
from autosyncd.vcs.git.backend import GitBackend
from autosyncd.vcs.git.progress import Progress, without_progress
from tests.daemon.house import git

SAID = (
    b"remote: Enumerating objects: 5, done.\r\n"
    b"remote: Counting objects: 100% (5/5), done.\n"
    b"Receiving objects:  10% (1/10)\rReceiving objects:  50% (5/10), 1.00 MiB | 2.00 MiB/s\r"
    b"Receiving objects: 100% (10/10), done.\nResolving deltas: 100% (2/2), done.\n"
)


def heard(*pieces: bytes) -> list[float]:
    told: list[float] = []
    progress = Progress(told.append)
    for piece in pieces:
        progress.hear(piece)
    return told


def test_a_transfer_goes_from_nothing_to_all() -> None:
    told = heard(SAID)
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.18, 1.0)
    assert heard(*(SAID[at : at + 1] for at in range(len(SAID)))) == told


def test_nothing_is_told_twice_nor_of_other_words() -> None:
    line = b"Writing objects:  50% (1/2)\r"
    assert heard(line * 9) == [0.52]
    assert heard(b"remote: disk 95% (full)\nWriting objects: 999% (9/9)\n", b"x" * 9999) == [0.95]


def test_complaints_are_left_when_the_progress_is_taken_away() -> None:
    why = b"remote: error: no space left\nfatal: the remote end hung up\n"
    assert without_progress(SAID + why) == why
    assert without_progress(b"Writing objects:   5% (1/20)\r" + why) == why


async def test_a_push_and_a_fetch_tell_how_far_they_are(tmp_path: Path) -> None:
    remote, one, two = (tmp_path / name for name in ("remote.git", "one", "two"))
    git(tmp_path, "init", "-q", "--bare", str(remote))
    for clone in (one, two):
        git(tmp_path, "clone", "-q", str(remote), str(clone))
    for number in range(300):
        (one / f"f{number}").write_bytes(os.urandom(2000))
    git(one, "add", "-A")
    git(one, "commit", "-q", "-m", "many")
    told: list[float] = []

    async def repository(path: Path) -> Repository:
        return await GitBackend().open(
            OpenOptions(
                path=path,
                remote=None,
                ignore=(),
                on_conflict=(("*", "keep-both"),),
                commit_hooks=False,
                machine="m",
                host="h",
                slots=Slots(2),
                environment=dict(os.environ),
                tell_progress=told.append,
            )
        )

    pusher, fetcher = await asyncio.gather(repository(one), repository(two))
    assert await pusher.push(git(one, "rev-parse", "HEAD")) == 1
    pushed, told[:] = list(told), []
    await fetcher.fetch()
    for shares in (pushed, told):
        assert len(shares) > 5
        assert shares == sorted(shares)
        assert 0 <= shares[0] < shares[-1] <= 1
