"""What a resume from sleep and a network that comes up set going, without waiting for a backoff."""

from pathlib import Path

import pytest

from autosyncd.api.events import DaemonEvent
from autosyncd.core.backoff import Backoff
from autosyncd.worker import steps
from tests.daemon.house import House, git, house, quick

HOUR = 3600.0


def wake(home: House, how: str) -> None:
    if how == "network":
        home.daemon.network_up()
    else:
        home.daemon.woke(HOUR)


@pytest.mark.parametrize("how", ["network", "sleep"])
async def test_a_remote_that_could_not_be_reached_is_tried_at_once(
    tmp_path: Path, clone: Path, remote: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "REMOTE", Backoff(base=HOUR, cap=HOUR))
    away = remote.rename(tmp_path / "unplugged")
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "offline", "blocked")
        wake(home, how)  # nothing is better yet
        (clone / "note").write_text("x\n")
        await home.until(lambda: git(clone, "status", "--porcelain") == "")
        away.rename(remote)
        wake(home, how)
        await home.until(
            lambda: git(remote, "rev-parse", "main") == git(clone, "rev-parse", "HEAD")
        )
        await home.until_state("docs", "idle")
        told = [event.what for event in home.events if isinstance(event, DaemonEvent)]
        assert told.count("network up" if how == "network" else "woke") == 2


async def test_what_was_pushed_meanwhile_is_there_at_once(
    tmp_path: Path, clone: Path, remote: Path
) -> None:
    other = tmp_path / "other"
    git(tmp_path, "clone", "-q", str(remote), str(other))
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        (other / "news").write_text("x\n")
        git(other, "add", "-A")
        git(other, "commit", "-q", "-m", "news")
        git(other, "push", "-q")
        home.daemon.woke(HOUR)
        await home.until(lambda: (clone / "news").exists())
        await home.until_state("docs", "idle")


async def test_a_fetch_that_hangs_since_before_is_begun_anew(
    tmp_path: Path, clone: Path, remote: Path
) -> None:
    """As after a sleep in which the other side gave up the connection."""
    calls, ssh = tmp_path / "calls", tmp_path / "ssh"
    ssh.write_text(
        f'#!/bin/sh\necho call >>"{calls}"\n[ "$(wc -l <"{calls}")" -gt 1 ] || exec sleep 1000\n'
        'for command; do :; done\neval "$command"\n'
    )
    ssh.chmod(0o755)
    git(clone, "remote", "set-url", "origin", f"ssh://nowhere{remote}")
    environment = {"GIT_SSH_COMMAND": str(ssh), "GIT_SSH_VARIANT": "simple"}
    async with house(tmp_path, [quick(clone, env=environment)]) as home:
        await home.until(calls.exists)
        await home.until(lambda: home.daemon.status(None).repositories[0].step == "fetch")
        home.daemon.network_up()
        await home.until(lambda: home.daemon.status(None).repositories[0].in_step is not None)
        assert calls.read_text().count("call") == 2


async def test_a_paused_repository_sleeps_on(tmp_path: Path, clone: Path) -> None:
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        await home.daemon.pause(["docs"], None)
        home.daemon.network_up()
        (clone / "note").write_text("x\n")
        await home.until(lambda: home.daemon.status(None).repositories[0].pending > 0)
        assert home.state("docs") == "paused"
        await home.daemon.resume(["docs"])
        await home.until(lambda: git(clone, "status", "--porcelain") == "")
