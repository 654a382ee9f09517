"""A damaged store, or a remote that is gone or not what it was: told, and nothing is lost."""

import shutil

import pytest

from autosyncd.api.events import Committed
from tests.daemon.hg_scene import Scene, blocked, reason, served, works_again
from tests.vcs.hg.conftest import FIRST


@pytest.mark.parametrize("name", ["00changelog.i", "00manifest.i", "data/a.txt.i"])
async def test_a_damaged_store_is_told_and_gone_on_with_when_it_is_mended(
    scene: Scene, name: str
) -> None:
    part = scene.docs / ".hg" / "store" / name
    whole = part.read_bytes()
    async with served(scene) as home:
        await home.until_state("docs", "idle")
        part.write_bytes(b"\xff" * len(whole))
        (scene.docs / "a.txt").write_text("edited\n")
        await blocked(home, "cannot ")
        assert " verify`" in reason(home)
        assert not home.of_kind(Committed)
        assert (scene.docs / "a.txt").read_text() == "edited\n"
        part.write_bytes(whole)
        await works_again(home, scene)
        assert scene.hg("status") == ""
        assert scene.hg("cat", "-r", ".", "a.txt") == "edited\n"


async def test_a_working_copy_whose_hg_folder_goes_is_told_and_found_again(scene: Scene) -> None:
    control = scene.docs / ".hg"
    async with served(scene) as home:
        await home.until_state("docs", "idle")
        away = control.rename(scene.folder / "away")
        (scene.docs / "a.txt").write_text("edited\n")
        await blocked(home, "no Mercurial repository any more")
        away.rename(control)
        await works_again(home, scene)
        assert scene.hg("cat", "-r", ".", "a.txt") == "edited\n"


async def test_a_remote_that_is_gone_or_another_one_loses_nothing(scene: Scene) -> None:
    async with served(scene) as home:
        await home.until_state("docs", "idle")
        away = scene.shared.rename(scene.folder / "away")
        (scene.docs / "a.txt").write_text("edited\n")
        await home.daemon.sync(["docs"], wait=True)
        await home.until_state("docs", "offline")
        assert len(home.of_kind(Committed)) == 1
        shutil.copytree(scene.docs / ".hg", scene.shared / ".hg")
        store = scene.shared / ".hg" / "store" / "00changelog.i"
        store.write_bytes(b"\xff" * store.stat().st_size)
        (scene.docs / "more").write_text("m\n")
        await home.daemon.sync(["docs"], wait=True)
        await home.until_state("docs", "offline", "blocked")
        assert reason(home)
        assert len(home.of_kind(Committed)) == 2
        shutil.rmtree(scene.shared)
        away.rename(scene.shared)
        await works_again(home, scene)
        assert scene.there().split() == sorted(
            [name.decode() for name in FIRST] + ["more", "after"]
        )
