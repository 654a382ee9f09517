"""The ssh channel, with a real sshd."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from autosyncd.api.events import DaemonEvent
from autosyncd.channels.base import Announcement, Channel, Condition, Heard, Link, Served
from autosyncd.channels.outbox import Outbox
from autosyncd.channels.ssh.channel import SshChannel
from autosyncd.config.model import SshSettings
from tests.channels.contract import ChannelContract, Station, running, station, until
from tests.channels.sshd import Sshd, serving, sshd_program
from tests.channels.test_ssh_watcher import write_ref

if os.environ.get("CI") != "true":
    pytestmark = pytest.mark.skipif(sshd_program() is None, reason="no sshd: sh .ci/tools")


def served(sshd: Sshd, name: str, host: str = "shell") -> Served:
    """A repository that has its remote at this server."""
    return Served(
        repository=name,
        url=f"{host}:{sshd.home}/{name}.git",
        root=Path("/"),
        branch="main",
        roots=("a" * 40, "b" * 40) if name == "docs" else (),
        environment=sshd.environment,
    )


class Pushing:
    """A machine that pushes what it announces, as the daemon has done by then."""

    name = "ssh"

    def __init__(self, sshd: Sshd, link: Link) -> None:
        self._channel = SshChannel(SshSettings(), replace(link, heard=self._hear))
        self._channel.follow(tuple(served(sshd, path.stem) for path in sshd.home.glob("*.git")))
        self._link = link
        self._home = sshd.home
        self._outbox = Outbox()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._channel.run())
            while True:
                await self._outbox.wait()
                while not self._channel.status().connected:
                    await asyncio.sleep(0.01)
                for told in self._outbox.take():
                    self._push(told)

    def _push(self, told: Announcement) -> None:
        commit = told.commit.encode().hex()[:40].ljust(40, "0")
        self._channel.announce(replace(told, commit=commit))
        write_ref(self._home / told.url.rpartition("/")[2], "main", commit)
        self._link.announced(told)

    def _hear(self, heard: Heard) -> None:
        """The contract's URLs and commits are such as no server here could have."""
        commit = bytes.fromhex(heard.commit or "").rstrip(b"\0").decode()
        commit = commit * 2 if len(commit) == 20 else commit
        url = f"ssh://me@host/{heard.repository}.git"
        self._link.heard(replace(heard, url=url, commit=commit))

    def announce(self, announcement: Announcement) -> None:
        self._outbox.put(announcement)

    def follow(self, repositories: tuple[Served, ...]) -> None:
        """It follows all that are on the server."""

    def network_up(self) -> None:
        self._channel.network_up()

    def status(self) -> Condition:
        return self._channel.status()


class SshMedium:
    """Bare repositories on a server."""

    def __init__(self, folder: Path) -> None:
        self.sshd = Sshd(folder)
        for name in ("docs", "last", *(f"repository-{number}" for number in range(50))):
            heads = self.sshd.home / f"{name}.git" / "refs" / "heads"
            heads.mkdir(parents=True)
            (heads.parent.parent / "HEAD").write_text("ref: refs/heads/main\n")
        self.sshd.start()

    def channel(self, link: Link) -> Channel:
        return Pushing(self.sshd, link)

    async def cut(self) -> None:
        self.sshd.stop()

    async def restore(self) -> None:
        self.sshd.start()


class TestOverSsh(ChannelContract):
    """All promises but one: who pushed, and where else the objects are, no ref can tell."""

    tells_senders = False

    @pytest.fixture
    def medium(self, tmp_path: Path) -> Iterator[SshMedium]:
        medium = SshMedium(tmp_path / "sshd")
        yield medium
        medium.sshd.stop()


@pytest.fixture
async def sshd(tmp_path: Path) -> AsyncIterator[Sshd]:
    with serving(tmp_path / "sshd", "docs.git") as server:
        yield server


def machine(*repositories: Served) -> Station:
    built = station(lambda link: SshChannel(SshSettings(), link), "1" * 16)
    built.channel.follow(repositories)
    return built


async def test_one_connection_serves_all_repositories_of_a_host(sshd: Sshd) -> None:
    sshd.bare("notes.git")
    one = machine(served(sshd, "docs"))
    async with running(one):
        one.channel.follow((served(sshd, "docs"), served(sshd, "notes")))
        await until(lambda: "watching 2" in one.channel.status().detail)
        write_ref(sshd.home / "notes.git", "main", "d" * 40)
        await until(lambda: one.heard)
        one.channel.follow(())
        await until(lambda: "no remote" in one.channel.status().detail)
    assert [(heard.repository, heard.commit) for heard in one.heard] == [("notes", "d" * 40)]
    assert not [event for event in one.events if "not connected" in str(event)][1:]


async def test_a_host_without_a_shell_is_left_alone_and_told_once(
    sshd: Sshd, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    one = machine(served(sshd, "docs", "gitonly"))
    async with running(one):
        assert "gitonly: has no shell" in one.channel.status().detail
        one.channel.network_up()
        one.channel.follow((served(sshd, "docs", "gitonly"), served(sshd, "docs2", "gitonly")))
        lost = served(sshd, "lost")
        one.channel.follow((served(sshd, "docs", "gitonly"), served(sshd, "docs"), lost))
        await until(lambda: "watching 1, 1 not found" in one.channel.status().detail)
    assert caplog.text.count("has no shell") == 1
    assert "WARNING" not in caplog.text


async def test_a_server_that_is_away_is_said_once_and_tried_again(
    sshd: Sshd,
) -> None:
    sshd.stop()
    one = machine(served(sshd, "docs"))
    task = asyncio.create_task(one.channel.run())
    await until(lambda: "Connection refused" in one.channel.status().detail)
    one.channel.network_up()
    sshd.start()
    await until(lambda: one.channel.status().connected)
    task.cancel()
    await asyncio.wait({task})
    said = [event.detail for event in one.events if isinstance(event, DaemonEvent)]
    assert len([detail for detail in said if "refused" in str(detail)]) == 1


async def test_who_is_not_let_in_is_not_asked_for_a_password(sshd: Sshd) -> None:
    stranger = served(sshd, "docs", "stranger")
    one = machine(stranger)
    task = asyncio.create_task(one.channel.run())
    await until(lambda: "Permission denied" in one.channel.status().detail)
    task.cancel()
    await asyncio.wait({task})


async def test_a_blackholed_link_is_noticed(sshd: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autosyncd.channels.ssh.watch.SILENCE", 3.0)
    one = machine(served(sshd, "docs"))
    async with running(one):
        await until(lambda: not one.channel.status().connected)
        assert "nothing was heard" in one.channel.status().detail


async def test_core_ssh_command_and_programs_that_are_not_openssh(
    sshd: Sshd, tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    for command in (
        ["init", "-q", str(clone)],
        ["-C", str(clone), "config", "core.sshCommand", f"ssh -F '{sshd.client}'"],
    ):
        process = await asyncio.create_subprocess_exec("git", *command)
        assert await process.wait() == 0
    plain = Served(
        repository="docs",
        url=f"shell:{sshd.home}/docs.git",
        root=clone,
        environment={"HOME": str(tmp_path), "PATH": os.environ["PATH"]},
    )
    plink = Served(
        repository="other",
        url=f"shell:{sshd.home}/docs.git",
        root=tmp_path,
        environment={"GIT_SSH": "/usr/bin/plink"},
    )
    one = machine(plain, plink)
    async with running(one):
        assert one.channel.status().detail == "shell: watching 1"
