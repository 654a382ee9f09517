"""Folders without folders in them are not listed before something happens in them."""

import os
from pathlib import Path

import pytest

from autosyncd.watch import filesystem, folders
from autosyncd.watch.filesystem import counting_device
from tests.watch.heard import Heard, Watching, a_target, folder_count


@pytest.fixture(params=["counting", "not counting"], autouse=True)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Whether links are counted, as on ext4, or not, as on btrfs: nobody hears a difference."""
    number = (lambda root: root.stat().st_dev) if request.param == "counting" else lambda root: None
    monkeypatch.setattr(folders, "counting_device", number)
    return str(request.param)


def unread(heard: Heard) -> int:
    assert heard.tree
    owners = heard.tree._folders._watches.owners.values()
    return sum(getattr(one, "unread", False) for listeners in owners for one in listeners)


async def test_only_leaves_are_left_unlisted(root: Path, watching: Watching, kind: str) -> None:
    if os.stat(root).st_nlink != 2:
        pytest.skip("this file system does not count")
    for name in ("a/leaf", "b/c/leaf", "leaf"):
        (root / name).mkdir(parents=True)
        (root / name / "file").touch()
    heard = await watching.hear(a_target(root))
    assert heard.tree
    assert heard.tree.count == folder_count(root)
    assert unread(heard) == (3 if kind == "counting" else 0)
    (root / "a" / "leaf" / "file").write_text("x")
    await heard.hears(b"a/leaf/file")
    assert unread(heard) == (2 if kind == "counting" else 0)


async def test_the_rules_in_a_leaf_count(root: Path, watching: Watching) -> None:
    (root / "leaf").mkdir()
    (root / "leaf" / ".gitignore").write_text("*.log\n/build/\n")
    heard = await watching.hear(a_target(root))
    (root / "leaf" / "x.log").touch()
    (root / "leaf" / "y.txt").touch()
    await heard.hears(b"leaf/y.txt")
    await heard.calm()
    assert heard.paths == {b"leaf/y.txt"}


async def test_the_rules_in_a_leaf_count_for_its_first_folder(
    root: Path, watching: Watching
) -> None:
    (root / "leaf").mkdir()
    (root / "leaf" / ".gitignore").write_text("/build/\n")
    heard = await watching.hear(a_target(root))
    (root / "leaf" / "build").mkdir()
    (root / "leaf" / "src").mkdir()
    (root / "leaf" / "build" / "x").touch()
    await heard.hears(b"leaf/src")
    await heard.calm()
    assert heard.paths == {b"leaf/src"}
    assert heard.tree
    assert heard.tree.count == 3


async def test_a_leaf_may_be_a_repository_of_its_own(root: Path, watching: Watching) -> None:
    (root / "leaf").mkdir()
    (root / "leaf" / ".git").write_text("gitdir: elsewhere\n")
    heard = await watching.hear(a_target(root))
    (root / "leaf" / "file").touch()
    (root / "other").touch()
    await heard.hears(b"other")
    await heard.calm()
    assert heard.paths == {b"other"}


async def test_changed_rules_reach_leaves(root: Path, watching: Watching) -> None:
    (root / "leaf").mkdir()
    heard = await watching.hear(a_target(root))
    assert heard.tree
    (root / ".gitignore").write_text("/leaf/\n")
    await heard.calm()
    assert heard.tree.count == 1
    (root / ".gitignore").write_text("\n")
    await heard.calm()
    assert heard.tree.count == 2
    heard.hints.clear()
    (root / "leaf" / "file").touch()
    await heard.hears(b"leaf/file")


def test_only_file_systems_that_are_known_to_count_are_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "mountinfo"
    monkeypatch.setattr(filesystem, "MOUNTINFO", table)
    for kind, trusted in ((b"ext4", True), (b"btrfs", False), (b"overlay", False)):
        table.write_bytes(b"22 1 254:0 / / rw,relatime shared:1 - %s /dev/vda rw\n" % kind)
        assert (counting_device(tmp_path) == tmp_path.stat().st_dev) is trusted
    table.unlink()
    assert counting_device(tmp_path) is None
