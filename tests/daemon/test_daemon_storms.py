"""Very many changes at once, and writers that never stop."""

import asyncio
import os
import time
from pathlib import Path

from autosyncd.api.events import Committed
from tests.daemon.conftest import clone_of
from tests.daemon.house import git, house, quick

FILES = 12_000


def unpack(tree: bytes, files: int) -> None:
    """As tar does: folders, and files in them, as fast as the kernel makes them."""
    for number in range(files):
        folder = tree + b"/unpacked/d%d" % (number // 100)
        if number % 100 == 0:
            os.makedirs(folder)
        with open(folder + b"/f%d" % number, "wb") as file:
            file.write(b"%d\n" % number)


async def test_a_storm_is_committed_whole_and_starves_nobody(
    tmp_path: Path, remote: Path, clone: Path
) -> None:
    calm = clone_of(remote, tmp_path / "calm")
    settings = [quick(clone, settle=0.5, max_settle=30.0), quick(calm, sync="commit")]
    async with house(tmp_path, settings) as home:
        await home.until(lambda: {home.state("docs"), home.state("calm")} == {"idle"})
        storm = asyncio.create_task(asyncio.to_thread(unpack, os.fsencode(clone), FILES))
        (calm / "note").write_text("x\n")
        await home.until(lambda: git(calm, "status", "--porcelain") == "", limit=60)
        await storm
        await home.until(
            lambda: bool(git(clone, "ls-files", "unpacked")) and home.state("docs") == "idle",
            limit=90,
        )
        assert git(clone, "status", "--porcelain") == ""
        made = [event for event in home.events if isinstance(event, Committed)]
        assert sum(event.files for event in made if event.repository == "docs") == FILES
        assert sum(event.repository == "docs" for event in made) <= 4


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
