"""`add` and `clone` that are cut off: nothing half done stays without a way on."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from autosyncd.onboarding.workshop import Workshop
from tests.system.killing_git import kill_at, killed
from tests.system.machines import BIN, QUICK, Machine, bare_remote, git, tree_of, until
from tests.system.test_onboarding import done, drop_ins, refused, tree_of_anything

pytestmark = pytest.mark.system

EMPTY = f"{QUICK}repositories: []\n"


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path, "laptop")
    yield made
    made.stop()


@pytest.fixture
def remote(tmp_path: Path, machine: Machine) -> Path:
    """A bare repository with three files at its top, and one below."""
    bare = bare_remote(tmp_path)
    seed = machine.clone(bare, "seed")
    (seed / "sub").mkdir()
    for name in ("a", "b", ".hidden", "sub/c"):
        (seed / name).write_text(f"{name}\n")
    machine.git_home("-C", "seed", "add", "-A")
    machine.git_home("-C", "seed", "commit", "-q", "-m", "x")
    machine.git_home("-C", "seed", "push", "-q", "origin", "HEAD:main")
    return bare


@pytest.fixture
def folder(machine: Machine) -> Path:
    made = machine.home / "docs"
    made.mkdir()
    (made / "a").write_text("hello\n")
    (made / "b").write_bytes(bytes(range(256)))
    return made


@pytest.mark.parametrize(
    ("command", "finished"),
    [
        *(("init", True), ("remote add", True)),
        *(("commit-tree", True), ("push", False), ("push", True)),
    ],
)
def test_an_add_that_was_killed_is_finished_by_the_next(
    tmp_path: Path, machine: Machine, folder: Path, command: str, finished: bool
) -> None:
    remote = tmp_path / "r.git"
    kill_at(machine, tmp_path / "bin", command, done=finished)
    machine.start(EMPTY)
    asked = machine.ctl("add", "docs", "--remote", str(remote))
    assert asked.returncode != 0
    assert "in step" not in asked.stdout
    killed(machine)
    machine.start()
    added = done(machine, "add", "docs", "--remote", str(remote))
    assert (added["error"], added["apart"]) == (None, None)
    assert drop_ins(machine)[-1] == "docs.yaml"
    assert len(machine.status()) == 1
    until(machine.in_step, "it is in step")
    assert git(remote, "ls-tree", "-r", "--name-only", "main").splitlines() == ["a", "b"]
    assert sorted(path.name for path in folder.iterdir()) == [".git", "a", "b"]


def test_a_remote_that_was_created_in_vain_is_told(
    tmp_path: Path, machine: Machine, folder: Path
) -> None:
    """`channels: [x]` is refused only when all is read together."""
    machine.start(EMPTY)
    remote = tmp_path / "r.git"
    given = ("--remote", str(remote), "--set", "channels=[xmpp]")
    said = refused(machine, "add", str(folder), *given, code=2)
    assert f"the empty repository {remote} was created, and is used by the next try" in said
    assert remote.is_dir()


def linked(machine: Machine) -> Path:
    """An empty folder that must stay what it is: it has another place than its name says."""
    place = machine.home / "place"
    place.mkdir(mode=0o700)
    (machine.home / "docs").symlink_to(place)
    return place


@pytest.mark.parametrize("finished", [True, False])
def test_a_clone_into_a_folder_that_must_stay_is_begun_anew_after_a_kill(
    tmp_path: Path, machine: Machine, remote: Path, finished: bool
) -> None:
    place = linked(machine)
    kill_at(machine, tmp_path / "bin", "clone", done=finished)
    machine.start(EMPTY)
    assert machine.ctl("clone", str(remote), "docs").returncode != 0
    killed(machine)
    [left] = place.iterdir()
    assert left.name.startswith(".autosync-clone-")
    machine.start()
    assert done(machine, "clone", str(remote), "docs")["error"] is None
    assert (machine.home / "docs").is_symlink()
    assert place.stat().st_mode & 0o777 == 0o700
    assert tree_of(place) == tree_of(machine.home / "seed")
    assert sorted(path.name for path in place.iterdir()) == [".git", ".hidden", "a", "b", "sub"]


def cut_off(machine: Machine, remote: Path) -> Workshop:
    """A clone that was killed when a part of it was in its place."""
    place = linked(machine)
    workshop = Workshop(place / ".autosync-clone-0123", place)
    workshop.open()
    subprocess.run(
        ["git", "clone", "-q", str(remote), str(workshop.tree)], check=True, capture_output=True
    )
    workshop.whole(str(remote))
    (workshop.tree / "a").rename(place / "a")
    return workshop


def test_a_clone_that_was_killed_on_its_way_into_its_place_goes_on(
    machine: Machine, remote: Path
) -> None:
    workshop = cut_off(machine, remote)
    (workshop.target / "a").write_text("written meanwhile\n")
    machine.start(EMPTY)
    other = refused(machine, "clone", str(remote.parent / "other.git"), "docs")
    assert f"finish it: `autosyncctl clone {remote}" in other
    assert f"finish it: `autosyncctl clone {remote}" in refused(machine, "add", "docs")
    assert (workshop.target / "a").read_text() == "written meanwhile\n"
    finished = done(machine, "clone", str(remote), "docs")
    assert finished["error"] is None
    assert "put what was cloned before into" in finished["done"][0]
    assert not workshop.folder.exists()
    assert git(remote, "show", "main:a") == "written meanwhile"
    assert tree_of(workshop.target).keys() == tree_of(machine.home / "seed").keys()


@pytest.mark.parametrize("left", ["autosync-clone autosync-whole", "autosync-clone", ""])
def test_a_clone_that_was_killed_while_it_tidied_up_is_tidied_up(
    machine: Machine, remote: Path, left: str
) -> None:
    workshop = cut_off(machine, remote)
    workshop.settle()
    workshop.tree.rmdir()
    for file in workshop.folder.iterdir():
        if file.name not in left.split():
            file.unlink()
    machine.start(EMPTY)
    assert done(machine, "clone", str(remote), "docs")["error"] is None
    assert not workshop.folder.exists()
    assert tree_of(workshop.target) == tree_of(machine.home / "seed")


def test_what_came_to_be_in_the_way_stays_and_is_named(machine: Machine, remote: Path) -> None:
    workshop = cut_off(machine, remote)
    mine = workshop.target / "sub"
    mine.write_text("mine\n")
    machine.start(EMPTY)
    said = refused(machine, "clone", str(remote), "docs")
    assert "sub came to be there meanwhile; the rest of it is in" in said
    assert not (workshop.target / ".git").exists()
    mine.rename(machine.home / "mine")
    assert done(machine, "clone", str(remote), "docs")["error"] is None
    assert (machine.home / "mine").read_text() == "mine\n"
    assert tree_of(workshop.target) == tree_of(machine.home / "seed")


def test_an_empty_folder_that_is_replaced_keeps_its_rights(machine: Machine, remote: Path) -> None:
    (machine.home / "docs").mkdir(mode=0o700)
    machine.start(EMPTY)
    assert done(machine, "clone", str(remote), "docs")["error"] is None
    assert (machine.home / "docs").stat().st_mode & 0o777 == 0o700
    assert tree_of(machine.home / "docs") == tree_of(machine.home / "seed")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_mount_point_that_is_too_small_is_left_as_it_was(machine: Machine, remote: Path) -> None:
    seed = machine.home / "seed"
    (seed / "large").write_bytes(os.urandom(3_000_000))
    machine.git_home("-C", "seed", "add", "-A")
    machine.git_home("-C", "seed", "commit", "-q", "-m", "large")
    machine.git_home("-C", "seed", "push", "-q", "origin", "HEAD:main")
    disk = machine.home / "disk"
    disk.mkdir()
    mount = 'mount -t tmpfs -o size=2m disk "$0" && exec "$@"'
    machine.prefix = ("unshare", "--mount", "sh", "-c", mount, str(disk))
    machine.start(EMPTY)
    assert machine.process is not None
    inside = Path(f"/proc/{machine.process.pid}/root{disk}")
    said = refused(machine, "clone", str(remote), "disk")
    assert "the disk is full; make room on it, and try again" in said
    assert list(inside.iterdir()) == []
    inside_run(machine, "mount", "-o", "remount,size=50m", str(disk))
    assert done(machine, "clone", str(remote), "disk")["error"] is None
    assert tree_of(inside) == tree_of(seed)


def inside_run(machine: Machine, *command: str) -> None:
    """In the mounts of the daemon."""
    assert machine.process is not None
    where = ["nsenter", "--mount", "--target", str(machine.process.pid)]
    subprocess.run([*where, *command], check=True)


def test_an_interrupt_ends_the_waiting_and_says_so(
    tmp_path: Path, machine: Machine, remote: Path
) -> None:
    """git waits until it is let go on."""
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    kill_at(machine, tmp_path / "bin", "clone", done=False)
    script = tmp_path / "bin" / "git"
    script.write_text(script.read_text().replace("kill -9 $PPID; exit 1", f"read word < {gate}"))
    machine.start(EMPTY)
    command = [str(BIN / "autosyncctl"), "clone", str(remote), "docs"]
    with (
        subprocess.Popen(
            command, env=machine.environment, cwd=machine.home, stderr=subprocess.PIPE, text=True
        ) as waiting,
        gate.open("w") as opened,
    ):
        waiting.send_signal(2)
        _, said = waiting.communicate(timeout=60)
        opened.write("go on\n")
    assert waiting.returncode == 130
    assert "stopped waiting for the clone; autosyncd goes on with it" in said
    until(lambda: bool(machine.status()), "it is watched")
    until(machine.in_step, "it is in step")
    left = {Path(path).name for path in tree_of_anything(machine.home)}
    assert not [name for name in left if name.startswith(".autosync-clone")]
