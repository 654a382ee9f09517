"""Where the kernel can't tell, everything may have changed, again and again."""

import asyncio
from pathlib import Path

from autosyncd.watch.base import Hint, Touched
from autosyncd.watch.polling import poll
from tests.watch.heard import a_target, until


async def test_polling_says_at_intervals_that_everything_may_have_changed(root: Path) -> None:
    hints: list[Hint] = []
    watch = poll(a_target(root), 0.01, hints.append)
    await watch.placed()
    assert hints == []
    assert watch.count == 0
    await until(lambda: len(hints) >= 3)
    assert set(hints) == {Touched(None)}
    watch.close()


async def test_a_closed_poll_is_silent(root: Path) -> None:
    hints: list[Hint] = []
    watch = poll(a_target(root), 0.01, hints.append)
    await until(lambda: len(hints) >= 1)
    watch.close()
    told = len(hints)
    done = asyncio.Event()
    asyncio.get_running_loop().call_later(0.05, done.set)
    await done.wait()
    assert len(hints) == told
