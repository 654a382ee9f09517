"""Full disks, and trees that span file systems."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from autosyncd.vcs.git.mover import Why, sweep
from autosyncd.vcs.tree.areas import areas
from autosyncd.vcs.tree.syscalls import NO_ABILITIES, Abilities
from tests.vcs.git.move.playground import Link, Playground, Program, once

ROOT = Path(__file__).parents[4]
MOUNT = (
    'mount -t tmpfs -o size=4m none "$1" && exec "$2" -m tests.vcs.git.move.limited_disk "$1" full'
)
PRIVATE = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A folder on another file system than the other folders of the test."""
    own = tmp_path.stat().st_dev
    other = next(place for place in ("/dev/shm", "/var/tmp") if Path(place).stat().st_dev != own)
    with tempfile.TemporaryDirectory(dir=other) as folder:
        yield Path(folder)


def test_on_a_full_disk_nothing_changes(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        [*_how_to_fill(disk)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "cannot" in done.stdout


def _how_to_fill(disk: Path) -> list[str]:
    """A small disk where the machine lets us mount one; else a limit on the size of files."""
    allowed = subprocess.run(
        [*PRIVATE, f"mount -t tmpfs none {disk}"], capture_output=True, check=False
    )
    if allowed.returncode == 0:
        return [*PRIVATE, MOUNT, "sh", str(disk), sys.executable]
    return [sys.executable, "-m", "tests.vcs.git.move.limited_disk", str(disk), "limit"]


def test_where_files_may_not_grow_nothing_changes(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "tests.vcs.git.move.limited_disk", str(tmp_path), "limit"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "cannot" in done.stdout


@pytest.mark.parametrize("abilities", [None, NO_ABILITIES], ids=["able", "unable"])
async def test_a_git_directory_on_another_file_system(
    tmp_path: Path, home: Path, elsewhere: Path, abilities: Abilities | None
) -> None:
    repo = Playground(tmp_path / "tree", git_dir=elsewhere / "git")
    old = repo.start({"a": "1", "gone": "1", "l": Link("a"), "edited": "1"})
    new = repo.commit(
        old, {"a": "2", "gone": None, "l": Link("b"), "p": Program("3"), "edited": "2"}
    )
    seen: list[str] = []
    repo.write("edited", "mine")
    checkpoint = once("staged", lambda: seen.append(repo.status()))
    moved = await repo.move(old, new, checkpoint=checkpoint, abilities=abilities)
    assert seen == ["M edited"], "git sees nothing of what is staged in the tree"
    assert [(s.path, s.why) for s in moved.skipped] == [(b"edited", Why.USER_EDIT)]
    repo.write("edited", "1")
    assert (await repo.move(old, new, abilities=abilities)).done
    repo.settled_at(new)
    assert await sweep(repo.git, repo.layout, grace=0) == ()
    assert repo.tree() == {"a": "2", "l": "-> b", "p": "!3", "edited": "2"}
    assert sorted(path.name for path in repo.root.iterdir()) == [".git", "a", "edited", "l", "p"]


async def test_late_writes_come_to_light_on_another_file_system(
    tmp_path: Path, home: Path, elsewhere: Path
) -> None:
    repo = Playground(tmp_path / "tree", git_dir=elsewhere / "git")
    old = repo.start({"a": "1"})
    new = repo.commit(old, {"a": "2"})
    with repo.path("a").open("r+") as writer:
        assert (await repo.move(old, new, abilities=NO_ABILITIES)).done
        writer.write("late")
    (late,) = await sweep(repo.git, repo.layout, grace=0)
    assert repo.run("cat-file", "blob", late.oid) == "late"


def test_a_path_belongs_to_the_topmost_folder_of_its_file_system(
    tmp_path: Path, elsewhere: Path
) -> None:
    (tmp_path / "d").mkdir()
    same = areas(tmp_path, tmp_path, [b"a", b"d/a", b"new/a"])
    other = areas(tmp_path, elsewhere, [b"a", b"d/a", b"new/a"])
    assert set(same.values()) == {None}
    assert set(other.values()) == {b""}
