"""A slow remote and a user who never rests: what comes in gets in all the same."""

import asyncio
from pathlib import Path

from autosyncd.api.events import Committed, Problem
from tests.daemon.conftest import clone_of
from tests.daemon.house import git, house, quick

LIMIT = 90.0


async def _write_on(file: Path) -> None:
    number = 0
    while True:
        number += 1
        file.write_text(f"{number}\n")
        await asyncio.sleep(0.1)


async def test_commits_during_each_push_do_not_keep_an_update_out(
    tmp_path: Path, remote: Path, clone: Path
) -> None:
    other = clone_of(remote, tmp_path / "other")
    (other / "theirs").write_text("t\n")
    git(other, "add", "-A")
    git(other, "commit", "-q", "-m", "theirs")
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        git(other, "push", "-q")
        hook = remote / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\nsleep 1  # a slow line\n")
        hook.chmod(0o755)
        writing = asyncio.create_task(_write_on(clone / "mine"))
        try:
            await home.until(lambda: len(home.of_kind(Committed)) >= 1, LIMIT)
            await home.until((clone / "theirs").exists, LIMIT)
        finally:
            writing.cancel()
            hook.unlink()
        assert not home.of_kind(Problem)
