"""An announcement that says where the objects can be had nearer."""

from dataclasses import replace
from pathlib import Path

import pytest

from autosyncd.api.events import Heard, Integrated, Peer
from tests.daemon.conftest import clone_of
from tests.daemon.house import House, git
from tests.daemon.test_daemon_channels import Builder, world


@pytest.fixture
def other(tmp_path: Path, remote: Path) -> Path:
    """A working copy of somebody who has no daemon."""
    return clone_of(remote, tmp_path / "other")


def committed(folder: Path, name: str) -> str:
    (folder / name).write_text(name)
    git(folder, "add", name)
    git(folder, "commit", "-q", "-m", name)
    return git(folder, "rev-parse", "HEAD")


def peers(one: House) -> list[str]:
    return [event.detail for event in one.of_kind(Peer) if isinstance(event, Peer)]


async def _allow(one: House, *patterns: str) -> None:
    (settings,) = one.config.repositories
    changed = replace(settings, peers=patterns)
    one.config = replace(one.config, repositories=(changed,))
    await one.daemon.reload()
    await one.until_state("docs", "idle")


def tell(builder: Builder, other: Path, commit: str) -> None:
    builder.shout(repository="docs", commit=commit, peer_url=str(other), sender="friend")


async def test_objects_come_from_the_peer_and_the_remote_confirms_them(
    tmp_path: Path, clone: Path, other: Path
) -> None:
    async with world(tmp_path, ("desktop", clone)) as ((desktop,), builder):
        await _allow(desktop, f"{tmp_path}/*")
        commit = committed(other, "new")
        git(other, "push", "-q", "origin", "HEAD")
        tell(builder, other, commit)
        await desktop.until_number(Integrated, 1)
        assert peers(desktop) == [f"{commit[:12]} came straight from there"]
        assert (clone / "new").exists()


async def test_what_the_remote_does_not_have_moves_nothing(
    tmp_path: Path, clone: Path, other: Path
) -> None:
    async with world(tmp_path, ("desktop", clone)) as ((desktop,), builder):
        await _allow(desktop, f"{tmp_path}/*")
        before = git(clone, "rev-parse", "HEAD")
        commit = committed(other, "unconfirmed")
        tell(builder, other, commit)
        await desktop.until(lambda: bool(peers(desktop)))
        await desktop.until_state("docs", "idle")
        assert git(clone, "rev-parse", "HEAD") == before
        assert not (clone / "unconfirmed").exists()
        await desktop.until(lambda: "peers" not in git(clone, "for-each-ref"))


async def test_who_is_not_allowed_is_not_asked(tmp_path: Path, clone: Path, other: Path) -> None:
    async with world(tmp_path, ("desktop", clone)) as ((desktop,), builder):
        commit = committed(other, "new")
        git(other, "push", "-q", "origin", "HEAD")
        tell(builder, other, commit)
        await desktop.until_number(Integrated, 1)
        assert peers(desktop) == []
        assert desktop.of_kind(Heard)


async def test_a_peer_that_has_gone_is_told_once_and_the_remote_is_asked(
    tmp_path: Path, clone: Path, other: Path
) -> None:
    async with world(tmp_path, ("desktop", clone)) as ((desktop,), builder):
        await _allow(desktop, "*")
        for number in (1, 2):
            commit = committed(other, f"new-{number}")
            git(other, "push", "-q", "origin", "HEAD")
            tell(builder, tmp_path / "gone", commit)
            await desktop.until_number(Integrated, number)
        (said,) = peers(desktop)
        assert said.endswith("the remote is asked instead")
