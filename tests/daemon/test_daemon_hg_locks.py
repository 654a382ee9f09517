"""Locks of other hg processes: waited for and told while they live, else taken over."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from autosyncd.api.events import Committed
from autosyncd.vcs.hg import command
from autosyncd.worker import troubles
from tests.daemon.hg_scene import Scene, blocked, served, works_again

HOLDERS = {
    "wlock": ("update", "preupdate", "-q", "-r", "."),
    "lock": ("phase", "pretxnclose-phase", "-q", "--secret", "--force", "-r", "."),
    "both": ("tag", "pretag", "--local", "here"),
}
"""Commands and the hooks that they run while they hold a lock."""


@contextmanager
def holding(scene: Scene, kind: str) -> "Iterator[subprocess.Popen[bytes]]":
    """An hg that has the lock until it is let go on by the fifo, or is killed."""
    command_name, hook, *words = HOLDERS[kind]
    gate, ready = scene.folder / "gate", scene.folder / "ready"
    for fifo in (gate, ready):
        os.mkfifo(fifo)
    script = f"hooks.{hook}=echo > '{ready}'; read line < '{gate}'"
    argv = ["hg", command_name, *words, "--config", script]
    process = subprocess.Popen(argv, cwd=scene.docs, start_new_session=True)
    try:
        assert ready.read_bytes() == b"\n"
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(60)


def locks(docs: Path) -> set[str]:
    found = (docs / ".hg" / "wlock", docs / ".hg" / "store" / "lock")
    return {path.name for path in found if path.is_symlink()}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Told at once, and not after half a minute."""
    monkeypatch.setitem(command._CONFIG, "ui.timeout", "1")
    monkeypatch.setattr(troubles, "PATIENCE", 1)


@pytest.mark.parametrize("kind", HOLDERS)
async def test_a_lock_of_a_living_hg_is_waited_for(scene: Scene, kind: str) -> None:
    async with served(scene) as home:
        await home.until_state("docs", "idle")
        with holding(scene, kind) as holder:
            before = locks(scene.docs)
            assert before
            (scene.docs / "new").write_text("n\n")
            await blocked(home, "hg is at work here")
            assert not home.of_kind(Committed)
            assert locks(scene.docs) == before
            (scene.folder / "gate").write_bytes(b"\n")
            assert holder.wait(60) == 0
            await home.until(lambda: len(home.of_kind(Committed)) == 1)
        if kind == "lock":
            scene.hg("phase", "--draft", "-r", ".")
        await works_again(home, scene)


@pytest.mark.parametrize("kind", HOLDERS)
async def test_a_lock_of_a_dead_hg_is_taken_over(scene: Scene, kind: str) -> None:
    async with served(scene) as home:
        await home.until_state("docs", "idle")
        with holding(scene, kind) as holder:
            os.killpg(holder.pid, signal.SIGKILL)
            holder.wait(60)
        assert locks(scene.docs)
        (scene.docs / "new").write_text("n\n")
        await home.until(lambda: len(home.of_kind(Committed)) == 1)
        await works_again(home, scene)
        assert locks(scene.docs) == set()
