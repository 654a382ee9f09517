"""I10: a bad path, a hung network, a refused push, a lock: each delays only itself."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from autosyncd import process
from autosyncd.api.events import Committed, Pushed
from tests.daemon.conftest import clone_of
from tests.daemon.house import House, git, house, quick
from tests.torture.conftest import Pair, write
from tests.torture.machine import run_git

HANGING = 5
"""More than a daemon of the tests runs programs at once."""


def seeded(tmp_path: Path) -> Path:
    remote = tmp_path / "remote.git"
    run_git(tmp_path, "init", "-q", "--bare", "-b", "main", str(remote))
    first = clone_of(remote, tmp_path / "seed")
    (first / "readme").write_text("hello\n")
    run_git(first, "add", "-A")
    run_git(first, "commit", "-q", "-m", "seed")
    run_git(first, "push", "-q", "origin", "HEAD:main")
    return remote


async def committed(home: House, count: int) -> None:
    await home.until(lambda: len(home.of_kind(Committed)) >= count)


async def test_bad_paths_stop_no_good_one(pair: Pair) -> None:
    root = os.fsencode(pair.here.root)
    os.mkfifo(root + b"/pipe")
    os.mkdir(root + b"/git~1")
    run_git(pair.here.root, "init", "-q", "inner")
    for name in (b"git~1/x", b"inner/x", b"\xff\xfe", b"-n", b":(top)", b"new\nline"):
        with open(os.path.join(root, name), "wb") as file:
            file.write(b"x")
    write(pair.here, good="x\n", a="2\n")
    await pair.agree()
    arrived = pair.there.files()
    assert {b"\xff\xfe", b"-n", b":(top)", b"new\nline", b"good"} <= arrived.keys()
    assert arrived[b"a"].content == b"2\n"


async def test_networks_that_hang_keep_no_other_repository_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "NETWORK_PATIENCE", 0.3)
    remote = seeded(tmp_path)
    names = [f"hung{number}" for number in range(HANGING)]
    for name in names:
        clone = clone_of(remote, tmp_path / name)
        run_git(clone, "remote", "set-url", "origin", "ssh://nowhere.invalid/x.git")
        run_git(clone, "config", "core.sshCommand", "sleep 1000 #")
    good = clone_of(remote, tmp_path / "good")
    every = [quick(tmp_path / name) for name in (*names, "good")]
    async with house(tmp_path, every) as home:
        await home.until(lambda: all(home.state(name) == "syncing" for name in names[:3]))
        (good / "new").write_text("goes out\n")
        await home.until(lambda: any(e.repository == "good" for e in home.of_kind(Pushed)))
        began = time.monotonic()
    assert time.monotonic() - began < 60
    left = subprocess.run(["pgrep", "-f", f"sleep 1000.*{tmp_path}"], capture_output=True)
    assert left.stdout == b""


async def test_a_push_that_is_refused_keeps_no_commit_waiting(tmp_path: Path) -> None:
    remote = seeded(tmp_path)
    hook = remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho no, thanks >&2\nexit 1\n")
    hook.chmod(0o755)
    clone = clone_of(remote, tmp_path / "docs")
    async with house(tmp_path, [quick(clone)]) as home:
        for number in range(3):
            (clone / f"new{number}").write_text("x\n")
            await committed(home, number + 1)
        await home.until_state("docs", "blocked")
        hook.unlink()
        await home.daemon.sync(["docs"], wait=True)
        assert git(remote, "rev-parse", "main") == git(clone, "rev-parse", "HEAD")


async def test_a_lock_delays_its_own_repository_alone_and_only_while_it_is_there(
    tmp_path: Path,
) -> None:
    remote = seeded(tmp_path)
    kept, free = (clone_of(remote, tmp_path / name) for name in ("kept", "free"))
    lock = kept / ".git" / "index.lock"
    async with house(tmp_path, [quick(kept), quick(free)]) as home:
        for name in ("kept", "free"):
            await home.until_state(name, "idle")
        lock.touch()
        for clone in (kept, free):
            (clone / f"of-{clone.name}").write_text("x\n")
        await home.until(lambda: any(e.repository == "free" for e in home.of_kind(Pushed)))
        assert not any(e.repository == "kept" for e in home.of_kind(Committed))
        assert lock.exists()
        lock.unlink()
        await home.until(lambda: any(e.repository == "kept" for e in home.of_kind(Pushed)))
