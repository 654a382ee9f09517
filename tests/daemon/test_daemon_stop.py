"""The last thing a daemon does: what waits for its time is committed, and pushed if it can be."""

from pathlib import Path

import pytest

from autosyncd.api.events import Pushed
from autosyncd.daemon import daemon as daemons
from tests.daemon.house import House, git, house, quick


async def until_pending(home: House) -> None:
    await home.until(lambda: home.daemon.status(None).repositories[0].pending > 0)


async def test_what_has_not_come_to_rest_is_committed_and_pushed(
    tmp_path: Path, remote: Path, clone: Path
) -> None:
    late = quick(clone, settle=1000.0, max_settle=1000.0, push_delay=1000.0)
    async with house(tmp_path, [late]) as home:
        await home.until_state("docs", "idle")
        (clone / "new").write_text("just before the end\n")
        await until_pending(home)
        assert not home.of_kind(Pushed)
    assert git(remote, "show", "main:new") == "just before the end"
    assert git(clone, "status", "--porcelain") == ""


async def test_what_waits_to_be_pushed_is_pushed(tmp_path: Path, remote: Path, clone: Path) -> None:
    async with house(tmp_path, [quick(clone, push_delay=1000.0)]) as home:
        await home.until_state("docs", "idle")
        (clone / "new").write_text("x\n")
        await home.until_state("docs", "waiting")
    assert git(remote, "show", "main:new") == "x"


async def test_a_paused_repository_is_left_alone(tmp_path: Path, clone: Path) -> None:
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        await home.daemon.pause(["docs"], None)
        (clone / "new").write_text("x\n")
        await until_pending(home)
    assert git(clone, "status", "--porcelain") == "?? new"


async def test_a_remote_that_hangs_keeps_no_commit_from_being_made(
    tmp_path: Path, remote: Path, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemons, "FAREWELL", 8.0)
    monkeypatch.setattr("autosyncd.daemon.crew.STOP_LIMIT", 0.1)
    hangs = reached_by_ssh(clone, remote)
    late = quick(clone, settle=1000.0, max_settle=1000.0)
    async with house(tmp_path, [late]) as home:
        await home.until_state("docs", "idle")
        hangs.touch()
        (clone / "new").write_text("x\n")
        await until_pending(home)
    assert git(clone, "show", "HEAD:new") == "x"
    assert not git(remote, "ls-tree", "main", "new")


def reached_by_ssh(clone: Path, remote: Path) -> Path:
    """The remote is behind an `ssh` that hangs as soon as the returned file exists."""
    hangs, program = clone.parent / "hangs", clone.parent / "ssh"
    program.write_text(
        f"#!/bin/sh\n[ -e {hangs} ] && exec sleep 1000\n"
        'while [ $# -gt 1 ]; do shift; done\nexec sh -c "$1"\n'
    )
    program.chmod(0o755)
    git(clone, "config", "core.sshCommand", str(program))
    git(clone, "remote", "set-url", "origin", f"ssh://server{remote}")
    return hangs
