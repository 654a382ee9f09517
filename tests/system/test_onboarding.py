"""`add`, `clone` and `remove` on a real daemon, from nothing to in step."""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.machines import BIN, QUICK, Machine, bare_remote, git, tree_of, until

pytestmark = pytest.mark.system


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path, "laptop")
    yield made
    made.stop()


@pytest.fixture
def running(machine: Machine) -> Machine:
    machine.start(f"{QUICK}repositories: []\n")
    return machine


@pytest.fixture
def folder(machine: Machine) -> Path:
    made = machine.home / "docs"
    (made / "sub").mkdir(parents=True)
    (made / "a").write_text("hello\n")
    (made / "sub" / "b").write_bytes(bytes(range(256)))
    return made


def drop_ins(machine: Machine) -> list[str]:
    """The names of the files beside the configuration."""
    folder = machine.home / "autosync.d"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def done(machine: Machine, *arguments: str, code: int = 0) -> dict[str, Any]:
    """What a command that must end so says in JSON."""
    answer = machine.ctl(*arguments, "--json")
    assert answer.returncode == code, answer.stderr + answer.stdout
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def refused(machine: Machine, *arguments: str, code: int = 1) -> str:
    """The one line in which a command that must fail says why."""
    answer = machine.ctl(*arguments)
    assert answer.returncode == code, answer.stderr + answer.stdout
    assert answer.stdout == ""
    assert len(answer.stderr.splitlines()) == 1
    return answer.stderr


def test_from_nothing_to_two_machines_in_step(tmp_path: Path, folder: Path) -> None:
    """No configuration, no repository, no remote: five commands."""
    remote = tmp_path / "docs.git"
    laptop, desktop = Machine(tmp_path, "nobody"), Machine(tmp_path, "desktop")
    quick = ("--set", "settle=200ms", "--set", "push_delay=100ms", "--set", "pull_interval=1s")
    try:
        for machine in (laptop, desktop):
            assert "autosyncd --init &" in refused(machine, "add", str(folder), code=3)
            machine.start(None, "--init")
        added = done(laptop, "add", str(folder), "--remote", str(remote), *quick)
        assert added["error"] is None
        assert added["preview"]["files"] == 2
        cloned = done(desktop, "clone", str(remote), "docs", *quick)
        assert cloned["error"] is None
        assert tree_of(desktop.home / "docs") == tree_of(folder)
        (desktop.home / "docs" / "new").write_text("from the desktop\n")
        until(lambda: (folder / "new").exists(), "the change has travelled")
        laptop.stop()
        laptop.start(None)
        until(laptop.in_step, "it is watched after a restart, too")
    finally:
        laptop.stop()
        desktop.stop()


def test_a_dry_run_tells_what_would_be_held_and_changes_nothing(
    running: Machine, folder: Path, tmp_path: Path
) -> None:
    subprocess.run(["git", "init", "-q", str(folder / "other")], check=True)
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "key")], check=True
    )
    with (folder / "video").open("wb") as large:
        large.truncate(200_000_000)
    before = tree_of_anything(folder)
    remote = str(tmp_path / "new.git")
    found = done(running, "add", str(folder), "--remote", remote, "--dry-run")
    held = {entry["path"]: entry["why"] for entry in found["preview"]["held"]}
    assert found["preview"]["files"] == 3
    assert "private key" in held["key"]
    assert "max_file_size" in held["video"]
    assert "repository of its own" in held["other/"]
    assert found["done"] == []
    assert tree_of_anything(folder) == before
    assert not Path(remote).exists()
    assert drop_ins(running) == []
    assert running.status() == []
    said = running.ctl("add", str(folder), "--dry-run").stdout
    assert "would be committed" in said
    assert "nothing was done" in said
    done(running, "add", str(folder), "--remote", remote)
    names = git(folder, "ls-tree", "-r", "--name-only", "HEAD").splitlines()
    assert names == ["a", "key.pub", "sub/b"]


def tree_of_anything(folder: Path) -> set[str]:
    """The paths of everything below a folder."""
    return {os.path.join(here, name) for here, d, f in os.walk(folder) for name in [*d, *f]}


def test_running_it_twice_is_harmless_and_changes_settings_in_place(
    running: Machine, folder: Path, tmp_path: Path
) -> None:
    remote = str(bare_remote(tmp_path))
    first = done(running, "add", str(folder), "--remote", remote, "--set", "settle=1s")
    file = Path(first["config"])
    file.write_text(file.read_text().replace("1s", "1s  # not too fast") + "# the end\n")
    head = git(folder, "rev-parse", "HEAD")
    second = done(running, "add", str(folder), "--remote", remote, "--set", "settle=2s")
    assert (second["config"], second["error"]) == (first["config"], None)
    assert "settle: 2s  # not too fast\n" in file.read_text()
    assert file.read_text().endswith("# the end\n")
    done(running, "add", str(folder / "sub" / ".."), "--set", "ignore=[x y, '*.tmp']")
    assert "ignore: [x y, '*.tmp']\n" in file.read_text()
    assert drop_ins(running) == ["docs.yaml"]
    assert git(folder, "rev-parse", "HEAD") == head
    assert len(running.status()) == 1


def test_a_repository_of_ones_own_keeps_its_history_and_gets_a_remote_later(
    running: Machine, folder: Path, tmp_path: Path
) -> None:
    running.git_home("init", "-q", "docs")
    running.git_home("-C", "docs", "add", "a")
    running.git_home("-C", "docs", "commit", "-q", "-m", "mine")
    first = git(folder, "rev-parse", "HEAD")
    answer = running.ctl("add", str(folder))
    assert "has no remote" in answer.stdout
    assert "a git repository" not in answer.stdout
    later = done(running, "add", str(folder), "--remote", str(tmp_path / "later.git"))
    assert later["error"] is None
    assert git(tmp_path / "later.git", "rev-list", "main").splitlines()[-1] == first
    assert git(tmp_path / "later.git", "symbolic-ref", "HEAD") == "refs/heads/main"


def test_what_has_nothing_to_be_in_step_with_is_nowhere_said_to_be(
    running: Machine, folder: Path, tmp_path: Path
) -> None:
    alone = "committed here only: it has no remote to be in step with"
    assert done(running, "add", str(folder))["apart"] == alone
    assert running.ctl("sync", "docs").stdout == f"docs  {alone}\n"
    assert done(running, "sync", "docs")["repositories"] == [
        {"name": "docs", "ok": True, "error": None, "apart": alone}
    ]
    assert "in step" not in running.ctl("add", str(folder)).stdout
    shown = running.ctl("status", "docs").stdout
    assert "no remote" in shown
    assert "there is no remote to be in step with" in shown
    assert running.repository()["in_step"] is None
    assert running.repository()["remote"] is None
    other = running.home / "other"
    other.mkdir()
    (other / "f").write_text("x")
    given = ("--remote", str(tmp_path / "r.git"), "--set", "sync=commit")
    said = running.ctl("add", str(other), *given).stdout
    assert "other is under autosync; committed here only" in said
    assert done(running, "sync", "other")["repositories"][0]["apart"].startswith("committed here")


def test_a_remote_with_another_history_is_refused_with_a_way_out(
    running: Machine, folder: Path, tmp_path: Path
) -> None:
    remote = bare_remote(tmp_path)
    seed = running.clone(remote, "seed")
    (seed / "theirs").write_text("x")
    running.git_home("-C", "seed", "add", "-A")
    running.git_home("-C", "seed", "commit", "-q", "-m", "theirs")
    running.git_home("-C", "seed", "push", "-q", "origin", "HEAD:main")
    said = refused(running, "add", str(folder), "--remote", str(remote))
    assert "nothing in common" in said
    assert f"autosyncctl clone {remote}" in said
    assert not (folder / ".git").exists()
    assert drop_ins(running) == []
    running.git_home("init", "-q", "docs")
    running.git_home("-C", "docs", "commit", "-q", "--allow-empty", "-m", "mine")
    assert "nothing in common" in refused(running, "add", str(folder), "--remote", str(remote))
    assert "remote" not in (folder / ".git" / "config").read_text()
    related = running.clone(remote, "related")
    running.git_home("-C", "related", "remote", "remove", "origin")
    assert done(running, "add", str(related), "--remote", str(remote))["error"] is None


def test_what_stands_in_the_way_is_said_before_anything_is_done(
    running: Machine, folder: Path, tmp_path: Path
) -> None:
    remote = str(tmp_path / "no" / "such" / "x.git")
    occupied = tmp_path / "occupied"
    occupied.mkdir()
    (occupied / "file").write_text("precious")
    for arguments, words, code in (
        (["add", "nowhere"], "mkdir -p", 1),
        (["add", "docs/a"], "it is no folder", 1),
        (["add", "docs", "--remote", remote], "is a disk not mounted?", 1),
        (["add", "docs", "--remote", str(occupied)], "nothing there was touched", 1),
        (["add", "docs", "--set", "setle=1s"], "did you mean settle?", 2),
        (["add", "docs", "--set", "settle=soon"], "settle: 'soon' is not a duration", 2),
        (["add", "docs", "--set", "settle"], "KEY=VALUE", 2),
        (["add", "docs", "--set", "name=a", "--remote=-x"], "git has no such URLs", 2),
        (["clone", str(tmp_path / "x.git"), "new"], "there is no git repository", 1),
        (["clone", str(bare_remote(tmp_path)), "docs"], "it is not empty", 1),
        (["remove", "nothing"], "no repository 'nothing'", 4),
    ):
        assert words in refused(running, *arguments, code=code)
    assert sorted(path.name for path in folder.iterdir()) == ["a", "sub"]
    assert sorted(path.name for path in occupied.iterdir()) == ["file"]
    assert not (running.home / "new").exists()
    assert drop_ins(running) == []


def test_without_an_identity_nothing_is_begun(running: Machine, folder: Path) -> None:
    (running.home / ".gitconfig").write_text("")
    said = refused(running, "add", str(folder))
    assert "git config --global user.name" in said
    assert not (folder / ".git").exists()


def test_a_configuration_that_has_become_wrong_is_named_first(
    running: Machine, folder: Path
) -> None:
    running.config.write_text("repositories: []\ndefaults: {setle: 1s}\n")
    said = refused(running, "add", str(folder))
    assert f"{running.config}:2: defaults.setle" in said
    assert not (folder / ".git").exists()


def test_what_the_configuration_refuses_is_undone(
    running: Machine, folder: Path, tmp_path: Path
) -> None:
    """`channels: [x]` is right in itself, and wrong beside a main file without that channel."""
    said = refused(
        running,
        *("add", str(folder), "--remote", str(tmp_path / "r.git"), "--set", "channels=[xmpp]"),
        code=2,
    )
    assert "there is no channel 'xmpp'" in said
    assert not (folder / ".git").exists()
    assert drop_ins(running) == []
    assert running.status() == []
    assert done(running, "add", str(folder), "--remote", str(tmp_path / "r.git"))["error"] is None


def test_nobodys_file_is_overwritten_and_names_stay_unique(running: Machine, folder: Path) -> None:
    theirs = running.home / "autosync.d" / "docs.yaml"
    theirs.parent.mkdir()
    theirs.write_text("repositories: []  # mine\n")
    other = running.home / "work" / "docs"
    other.mkdir(parents=True)
    assert Path(done(running, "add", str(folder))["config"]).name == "docs-2.yaml"
    assert done(running, "add", str(other))["name"] == "work-docs"
    assert theirs.read_text() == "repositories: []  # mine\n"
    assert [entry["name"] for entry in running.status()] == ["docs", "work-docs"]
    said = refused(running, "add", str(running.home / "work"), "--set", "name=docs", code=2)
    assert "the name 'docs': it is taken by" in said


@pytest.mark.parametrize(
    "name", ["a b: c #d", "$HOME", "{x}", "'q\"uo\\te", "- ~", "naïve ☃", "nl\nx"]
)
def test_odd_names_of_folders_become_valid_yaml(running: Machine, name: str) -> None:
    folder = running.home / name
    folder.mkdir()
    (folder / "f").write_text("x")
    added = done(running, "add", f"./{name}")
    assert added["path"] == str(folder)
    assert running.status()[0]["path"] == str(folder)
    assert git(folder, "ls-files") == "f"
    assert done(running, "remove", str(folder))["path"] == str(folder)
    assert running.status() == []


def test_a_folder_inside_a_repository_is_watched_alone(running: Machine, folder: Path) -> None:
    running.git_home("init", "-q", "docs")
    assert done(running, "add", str(folder / "sub"))["error"] is None
    assert git(folder, "ls-files") == "sub/b"
    assert not (folder / "sub" / ".git").exists()


def test_another_remote_than_the_present_one_is_refused(running: Machine, tmp_path: Path) -> None:
    remote = bare_remote(tmp_path)
    mine = running.clone(remote, "mine")
    said = refused(running, "add", str(mine), "--remote", str(tmp_path / "other.git"))
    assert f"git -C {mine} remote set-url origin" in said
    assert not (tmp_path / "other.git").exists()


def test_passwords_in_urls_are_never_shown(running: Machine, folder: Path) -> None:
    url = "http://me:s3cret@127.0.0.1:9/docs.git"
    said = refused(running, "add", str(folder), "--remote", url)
    said += refused(running, "clone", url, "new")
    assert "me@127.0.0.1:9" in said
    assert "s3cret" not in said + running.diary() + running.ctl("events", "--json").stdout


def test_a_daemon_that_has_only_paths_gets_a_configuration(machine: Machine, folder: Path) -> None:
    other = machine.home / "other"
    machine.git_home("init", "-q", "other")
    machine.start(None, str(other))
    added = done(machine, "add", str(folder))
    assert added["config"] == str(machine.home / ".config/autosync/autosync.d/docs.yaml")
    assert {entry["name"] for entry in machine.status()} == {"docs", "other"}
    assert "command line" in machine.ctl("add", str(other)).stdout
    assert "command line" in refused(machine, "remove", "other")


def test_remove_leaves_the_repository_and_everything_else_in_the_file(
    running: Machine, folder: Path, tmp_path: Path
) -> None:
    other = running.clone(bare_remote(tmp_path), "other")
    running.git_home("init", "-q", "docs")
    running.config.write_text(
        f"{QUICK}# all of them\nrepositories:\n  # the first\n  - path: {other}  # other\n"
        f"    settle: 1s\n  - {folder}\n# the end\n"
    )
    running.ctl("reload")
    until(lambda: len(running.status()) == 2, "both are watched")
    before = tree_of_anything(other)
    assert done(running, "remove", "other") == {
        "name": "other",
        "path": str(other),
        "config": str(running.config),
    }
    assert running.config.read_text() == (
        f"{QUICK}# all of them\nrepositories:\n  # the first\n  - {folder}\n# the end\n"
    )
    assert tree_of_anything(other) == before
    done(running, "pause", "docs")
    done(running, "remove", str(folder / "sub"))
    assert running.status() == []
    assert done(running, "add", str(folder))["error"] is None


def test_an_entry_that_cannot_be_taken_out_safely_is_named(running: Machine, folder: Path) -> None:
    running.git_home("init", "-q", "docs")
    text = f"{QUICK}repositories: [{folder}]\n"
    running.config.write_text(text)
    running.ctl("reload")
    said = refused(running, "remove", "docs")
    assert f"{running.config}:6" in said
    assert "autosyncctl reload" in said
    assert running.config.read_text() == text
    assert len(running.status()) == 1
    said = refused(running, "add", str(folder), "--set", "settle=1s")
    assert f"{running.config}:6" in said


def test_a_clone_that_was_killed_leaves_no_half_and_the_next_works(
    running: Machine, tmp_path: Path
) -> None:
    remote = bare_remote(tmp_path)
    names = (".autosync-clone-0123", ".autosync-clone-4567", ".autosync-clone-89ab")
    stale, others, strangers = (running.home / name for name in names)
    for folder, target in ((stale, "docs"), (others, "other"), (strangers, None)):
        (folder / "tree" / ".git").mkdir(parents=True)
        if target:
            (folder / "autosync-clone").write_text(str(running.home / target))
    assert done(running, "clone", str(remote), "docs")["error"] is None
    assert not stale.exists()
    assert others.exists()
    assert strangers.exists()
    assert (running.home / "docs" / ".git").is_dir()


def test_a_clone_that_fails_leaves_nothing(running: Machine, tmp_path: Path) -> None:
    remote = bare_remote(tmp_path)
    seed = running.clone(remote, "seed")
    (seed / "f").write_text("x")
    running.git_home("-C", "seed", "add", "-A")
    running.git_home("-C", "seed", "commit", "-q", "-m", "x")
    running.git_home("-C", "seed", "push", "-q", "origin", "HEAD:main")
    blob = git(remote, "rev-parse", "main:f")
    (remote / "objects" / blob[:2] / blob[2:]).unlink()
    before = tree_of_anything(running.home)
    said = refused(running, "clone", str(remote), "deep/er/docs")
    assert "Cloning into" not in said
    assert "cannot clone" in said
    assert {p for p in tree_of_anything(running.home) - before if ".local" not in p} == set()


def test_a_remote_whose_head_names_another_branch_is_cloned_whole(
    running: Machine, tmp_path: Path
) -> None:
    remote = bare_remote(tmp_path)
    git(remote, "symbolic-ref", "HEAD", "refs/heads/elsewhere")
    seed = running.clone(remote, "seed")
    (seed / "f").write_text("x")
    running.git_home("-C", "seed", "add", "-A")
    running.git_home("-C", "seed", "commit", "-q", "-m", "x")
    running.git_home("-C", "seed", "push", "-q", "origin", "HEAD:main")
    assert done(running, "clone", str(remote), "docs")["error"] is None
    assert (running.home / "docs" / "f").read_text() == "x"


def test_the_daemon_begins_an_empty_configuration_only_if_asked(machine: Machine) -> None:
    answer = subprocess.run(
        [str(BIN / "autosyncd")],
        env=machine.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 2
    assert "autosyncd --init" in answer.stderr
    file = machine.home / ".config" / "autosync" / "autosync.yaml"
    assert not file.exists()
    machine.start(None, "--init")
    assert file.exists()
    machine.stop()
    file.write_text("repositories: []  # mine\n")
    machine.start(None, "--init")
    assert file.read_text() == "repositories: []  # mine\n"


def test_a_repository_whose_remote_is_away_is_added_all_the_same_and_none_is_created(
    running: Machine, tmp_path: Path
) -> None:
    """The disk with the remote is not mounted; its empty mount point is there."""
    disk = tmp_path / "disk"
    disk.mkdir()
    docs = running.clone(bare_remote(disk))
    (docs / "a").write_text("x")
    running.git_home("-C", "docs", "add", "-A")
    running.git_home("-C", "docs", "commit", "-q", "-m", "x")
    running.git_home("-C", "docs", "push", "-q", "origin", "HEAD:main")
    (disk / "remote.git").rename(tmp_path / "away.git")
    said = refused(running, "add", str(docs), "--remote", str(disk / "remote.git"))
    assert "is a disk not mounted?" in said
    added = done(running, "add", str(docs), code=1)
    assert "remote.git" in added["error"]
    assert list(disk.iterdir()) == []
    (tmp_path / "away.git").rename(disk / "remote.git")
    assert done(running, "add", str(docs))["error"] is None


def test_what_a_killed_add_left_is_found_and_used_by_the_next(
    running: Machine, folder: Path, tmp_path: Path
) -> None:
    """It had written the entry, and half of another."""
    remote = tmp_path / "r.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(remote)], check=True)
    running.git_home("init", "-q", "docs")
    running.git_home("-C", "docs", "remote", "add", "origin", str(remote))
    (running.home / "autosync.d").mkdir()
    entry = f"repositories:\n  - path: {folder}\n"
    (running.home / "autosync.d" / "docs.yaml").write_text(entry)
    (running.home / "autosync.d" / ".0123.draft").write_text("half")
    added = done(running, "add", str(folder), "--remote", str(remote))
    assert added["error"] is None
    assert drop_ins(running)[-1] == "docs.yaml"
    assert len(running.status()) == 1
    assert git(remote, "ls-tree", "-r", "--name-only", "main").splitlines() == ["a", "sub/b"]


def test_a_daemon_that_is_stopped_while_it_clones_leaves_nothing(running: Machine) -> None:
    """The server accepts the connection and never answers."""
    before = tree_of_anything(running.home)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x.git"
        with subprocess.Popen(
            [str(BIN / "autosyncctl"), "clone", url, "new/docs"],
            env=running.environment,
            cwd=running.home,
            stderr=subprocess.PIPE,
        ) as waiting:
            connection, _ = silent.accept()
            with connection:
                assert running.stop() == 0
            waiting.communicate(timeout=30)
            assert waiting.returncode == 1
    left = {path for path in tree_of_anything(running.home) - before if "new" in path}
    assert left == set()
