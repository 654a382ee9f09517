"""Writers that never stop."""

import asyncio
import time
from pathlib import Path

from autosyncd.api.events import Committed
from tests.daemon.house import git, house, quick


class Writer:
    """Appends a line to a file every `pause` seconds."""

    def __init__(self, file: Path, pause: float) -> None:
        self._file = file
        self._pause = pause
        self._task = asyncio.create_task(asyncio.to_thread(self._write))
        self._on = True

    async def stop(self) -> None:
        self._on = False
        await self._task

    def _write(self) -> None:
        with self._file.open("w", buffering=1) as log:
            while self._on:
                print(time.time(), "a line", file=log)
                time.sleep(self._pause)


async def test_a_file_that_changes_on_and_on_is_committed_every_max_settle(
    tmp_path: Path, clone: Path
) -> None:
    settings = quick(clone, settle=0.5, max_settle=1.0, sync="commit")
    async with house(tmp_path, [settings]) as home:
        await home.until_state("docs", "idle")
        writer, begin = Writer(clone / "log", 0.06), time.monotonic()
        try:
            await home.until(lambda: len(home.of_kind(Committed)) >= 3, limit=60)
            (clone / "other").write_text("x\n")
            await home.until(lambda: "other" in git(clone, "ls-files"), limit=60)
        finally:
            await writer.stop()
        assert len(home.of_kind(Committed)) <= (time.monotonic() - begin) / 1.0 + 2
        await home.until(lambda: git(clone, "status", "--porcelain") == "")
