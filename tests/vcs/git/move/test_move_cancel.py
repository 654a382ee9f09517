"""Stopping in the middle leaves nothing half-done and nobody locked out."""

import asyncio
import threading

import pytest

from autosyncd.vcs.git.mover import recover_move
from autosyncd.vcs.tree.threads import finish_in_thread
from tests.vcs.git.move.playground import Content, Name, Playground


async def test_a_cancelled_update_stops_between_two_files_and_can_go_on(repo: Playground) -> None:
    before: dict[Name, Content] = {f"f{number}": "1" for number in range(50)}
    old = repo.start(before)
    new = repo.commit(old, dict.fromkeys(before, "2"))
    reached, go_on = threading.Event(), threading.Event()

    def checkpoint(name: str) -> None:
        if name == "checked" and not reached.is_set():
            reached.set()
            go_on.wait(60)

    moving = asyncio.create_task(repo.move(old, new, checkpoint=checkpoint))
    await asyncio.to_thread(reached.wait, 60)
    moving.cancel()
    await asyncio.sleep(0)
    assert not moving.done(), "its thread is still at work"
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await moving
    assert not (repo.layout.git_dir / "index.lock").exists()
    assert repo.head == old
    assert sorted(set(repo.tree().values())) == ["1", "2"]
    assert await recover_move(repo.git, repo.layout) == new
    assert (await repo.move(old, new)).done
    repo.settled_at(new)


async def test_a_thread_is_waited_for_however_often_it_is_cancelled() -> None:
    stop, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        go_on.wait(60)
        ended.set()

    task = asyncio.create_task(finish_in_thread(stop, work))
    for _ in range(3):
        await asyncio.sleep(0)
        task.cancel()
    await asyncio.to_thread(stop.wait, 60)
    assert not task.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()
