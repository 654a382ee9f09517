"""Real daemons over tools that tables drive: a user's own, one of 2011, and svn offline."""

import base64
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.autosyncctl.legacy_files import EXAMPLE
from tests.system.machines import BIN, QUICK, Machine, until

MYTOOL = Path(__file__).parent / "mytool"

TABLE = f"""\
vcs:
  mytool:
    detect: .mytool
    status: [{MYTOOL}, status]
    add: [{MYTOOL}, add, "{{path}}"]
    remove: [{MYTOOL}, rm, "{{path}}"]
    modify: [{MYTOOL}, add, "{{path}}"]
    startup: [{MYTOOL}, addremove]
    commit: [{MYTOOL}, commit, -m, "{{message}}"]
    push: [{MYTOOL}, push]
    pull: [{MYTOOL}, pull]
    remote_url: [{MYTOOL}, paths, default]
"""


def do(folder: Path, *words: str) -> str:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout


def checkout(machine: Machine, shared: Path) -> Path:
    docs = machine.home / "docs"
    do(machine.home, str(MYTOOL), "checkout", str(shared), str(docs))
    return docs


def content(file: Path) -> str:
    """What is in a file that may just be put in its place, or taken away."""
    try:
        return file.read_text()
    except FileNotFoundError:
        return ""


def rests(machine: Machine) -> None:
    """Wait until a tool that does as it likes is not at work: what is written meanwhile is its."""
    until(lambda: machine.repository()["state"] == "idle", machine.diary())


@pytest.mark.system
def test_a_users_own_table_keeps_two_machines_in_step(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    do(tmp_path, str(MYTOOL), "share", str(shared))
    laptop, desktop = Machine(tmp_path, "laptop"), Machine(tmp_path, "desktop")
    one, two = checkout(laptop, shared), checkout(desktop, shared)
    (one / "before the start").write_text("b\n")
    try:
        for machine, docs in ((laptop, one), (desktop, two)):
            machine.start(f"{QUICK}{TABLE}repositories: [{docs}]\n")
            rests(machine)
        (one / "note 'one'.txt").write_text("first\n")
        until(lambda: (two / "note 'one'.txt").exists(), laptop.diary())
        rests(desktop)
        assert (two / "before the start").read_text() == "b\n"
        until(lambda: laptop.repository()["vcs"] == "mytool", "it is named")
        (two / "note 'one'.txt").write_text("second\n")
        (two / "before the start").rename(two / "renamed")
        until(lambda: (one / "renamed").exists(), desktop.diary())
        until(lambda: (one / "note 'one'.txt").read_text() == "second\n", desktop.diary())
        until(lambda: not (one / "before the start").exists(), desktop.diary())
        assert do(shared, "ls", "tree").splitlines() == ["note 'one'.txt", "renamed"]
        body = base64.encodebytes(os.urandom(600)).decode()
        key = f"-----BEGIN RSA PRIVATE KEY-----\n{body}-----END RSA PRIVATE KEY-----\n"
        (two / "key.pem").write_text(key)
        until(lambda: desktop.repository()["held"] == 1, desktop.diary())
        assert not (shared / "tree" / "key.pem").exists()
    finally:
        laptop.stop()
        desktop.stop()


@pytest.mark.system
def test_the_table_of_the_documentation_keeps_a_copy_by_rsync(tmp_path: Path) -> None:
    """As it is written there; only the folders are others."""
    text = (Path(__file__).parents[3] / "docs" / "tables.md").read_text()
    table = re.findall(r"```yaml\n(vcs:.*?)```", text, re.DOTALL)[0]
    (making,) = re.findall(r"```\n(mkdir .*?)autosyncd --check", text, re.DOTALL)
    copy, machine = tmp_path / "a copy", Machine(tmp_path, "laptop")
    pictures = machine.home / "pictures"
    copy.mkdir()
    for line in making.replace("server:pictures", shlex.quote(str(copy))).splitlines():
        subprocess.run(["sh", "-c", line], env=machine.environment, check=True)
    (pictures / "before the start").write_text("b\n")
    try:
        machine.start(QUICK + table)
        until(lambda: files(copy) == ["before the start"], machine.diary())
        for name in ("it's one", "a:b", "-x"):
            (pictures / "sub" / name).parent.mkdir(exist_ok=True)
            (pictures / "sub" / name).write_text(f"{name}\n")
        until(lambda: len(files(copy)) == 4, machine.diary())
        (pictures / "sub" / "a:b").write_text("changed\n")
        (pictures / "before the start").unlink()
        until(lambda: (copy / "sub" / "a:b").read_text() == "changed\n", machine.diary())
        until(lambda: len(files(copy)) == 3, machine.diary())
        body = base64.encodebytes(os.urandom(600)).decode()
        key = f"-----BEGIN RSA PRIVATE KEY-----\n{body}-----END RSA PRIVATE KEY-----\n"
        (pictures / "key.pem").write_text(key)
        until(lambda: machine.repository("pictures")["held"] == 1, machine.diary())
        (pictures / "last").write_text("l\n")
        until(lambda: (copy / "last").exists(), machine.diary())
        assert files(copy) == ["last", "sub/-x", "sub/a:b", "sub/it's one"]
    finally:
        machine.stop()


def files(folder: Path) -> list[str]:
    """All files; rsync's own, which it renames when it has them whole, are none."""
    names = (str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in names if not name.rpartition("/")[2].startswith("."))


@pytest.mark.system
def test_a_conflict_of_a_tool_that_can_not_merge_blocks_with_both_sides_intact(
    tmp_path: Path,
) -> None:
    shared = tmp_path / "shared"
    do(tmp_path, str(MYTOOL), "share", str(shared))
    machine = Machine(tmp_path, "laptop")
    mine = checkout(machine, shared)
    theirs = tmp_path / "theirs"
    do(tmp_path, str(MYTOOL), "checkout", str(shared), str(theirs))
    try:
        machine.start(f"{QUICK}{TABLE}repositories: [{mine}]\n")
        (mine / "a").write_text("common\n")
        until(lambda: (shared / "tree" / "a").exists(), machine.diary())
        assert machine.ctl("pause", "docs").returncode == 0
        do(theirs, str(MYTOOL), "pull")
        (theirs / "a").write_text("theirs\n")
        for words in (["add", "a"], ["commit", "-m", "x"], ["push"]):
            do(theirs, str(MYTOOL), *words)
        (mine / "a").write_text("mine\n")
        assert machine.ctl("resume", "docs").returncode == 0
        until(lambda: machine.repository()["state"] == "blocked", machine.diary())
        assert "conflict in a" in machine.repository()["reason"]
        assert (mine / "a").read_text() == "mine\n"
        assert (shared / "tree" / "a").read_text() == "theirs\n"
    finally:
        machine.stop()


@pytest.mark.system
def test_files_of_2011_become_one_configuration_that_runs(tmp_path: Path) -> None:
    """One with commands of its own, and one with those of the example, which are the built-in's."""
    machine = Machine(tmp_path, "laptop")
    remotes = {name: tmp_path / f"{name}.git" for name in ("docs", "notes")}
    for name, remote in remotes.items():
        machine.git_home("init", "-q", "--bare", "-b", "main", str(remote))
        machine.clone(remote, name)
    docs, notes = machine.home / "docs", machine.home / "notes"
    for words in (
        ["commit", "-q", "--allow-empty", "-m", "first"],
        ["push", "-q", "origin", "main"],
    ):
        machine.git_home("-C", "docs", *words)
    own = EXAMPLE.replace("git commit -m", "git commit -q -m").replace("git pull", "git pull -q")
    own = own.replace("git push", "git push -q -u origin main").replace("src/packages", "private")
    for name, text in (("docs", own), ("notes", EXAMPLE)):
        text = text.replace("~/amw", f"~/{name}").replace("= xmpp", "= none")
        (machine.home / f"old-{name}").write_text(text.replace("frequency = 5", "frequency = 0"))
    imported = machine.ctl("import", "old-docs", "old-notes")
    assert imported.returncode == 0
    quick = QUICK.replace("  push_delay: 100ms\n", "")
    try:
        machine.start(quick + imported.stdout)
        rests(machine)
        assert [one["vcs"] for one in machine.status()] == ["git-2011", "git"]
        (docs / "private").write_text("mine\n")
        for folder in (docs, notes):
            (folder / "a").write_text("one\n")
        until(lambda: names(remotes["docs"]) == names(remotes["notes"]) == ["a"], machine.diary())
        (docs / "a").rename(docs / "b")
        until(lambda: names(remotes["docs"]) == ["b"], machine.diary())
        rests(machine)
        machine.git_home("clone", "-q", str(remotes["docs"]), "other")
        (machine.home / "other" / "theirs").write_text("theirs\n")
        for words in (["add", "-A"], ["commit", "-q", "-m", "x"], ["push", "-q"]):
            machine.git_home("-C", "other", *words)
        until(lambda: (docs / "theirs").exists(), machine.diary())
        rests(machine)
        (docs / "last").write_text("l\n")
        until(lambda: names(remotes["docs"]) == ["b", "last", "theirs"], machine.diary())
        assert (docs / "private").read_text() == "mine\n"
    finally:
        machine.stop()


def names(remote: Path) -> list[str]:
    """The files of a bare repository's branch; none if there is no commit yet."""
    shown = ["git", "-C", str(remote), "ls-tree", "-r", "--name-only", "main"]
    return subprocess.run(shown, capture_output=True, check=False).stdout.decode().split()


@pytest.mark.system
def test_a_tool_that_is_never_told_of_changes_is_not_said_to_be_in_step(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "laptop")
    machine.git_home("init", "-q", "--bare", "-b", "main", str(tmp_path / "remote.git"))
    docs = machine.clone(tmp_path / "remote.git")
    (docs / "a").write_text("one\n")
    for words in (
        ["add", "a"],
        ["commit", "-q", "-m", "x"],
        ["push", "-q", "-u", "origin", "HEAD"],
    ):
        machine.git_home("-C", str(docs), *words)
    table = (
        "vcs: {mygit: {detect: .git, add: [git, add, '{path}'],"
        " status: [sh, -c, 'git status | grep -iq \"nothing to commit\"'],"
        " commit: [git, commit, -m, '{message}'], push: [git, push], pull: [git, pull]}}\n"
    )
    try:
        machine.start(f"{QUICK}{table}repositories: [{{path: {docs}, vcs: mygit}}]\n")
        rests(machine)
        (docs / "a").write_text("two\n")
        assert machine.ctl("sync", "docs").returncode == 1
        reason = machine.repository()["reason"]
        assert "mygit wants to be told which files have changed; set `modify`" in reason
    finally:
        machine.stop()


@pytest.mark.system
def test_without_its_server_svn_is_offline_and_commits_when_it_is_back(tmp_path: Path) -> None:
    server = tmp_path / "server"
    do(tmp_path, "svnadmin", "create", str(server))
    machine = Machine(tmp_path, "laptop")
    docs = machine.home / "docs"
    do(machine.home, "svn", "checkout", "-q", f"file://{server}", str(docs))
    try:
        machine.start(f"{QUICK}repositories: [{docs}]\n")
        until(lambda: machine.repository()["state"] == "idle", machine.diary())
        server.rename(tmp_path / "away")
        (docs / "a").write_text("offline\n")
        until(lambda: machine.repository()["state"] == "offline", machine.diary())
        assert "no commits without its server" in machine.repository()["reason"]
        assert (docs / "a").read_text() == "offline\n"
        (tmp_path / "away").rename(server)
        assert machine.ctl("sync", "docs").returncode == 0
        assert do(tmp_path, "svn", "cat", f"file://{server}/a") == "offline\n"
        until(lambda: machine.repository()["in_step"] is not None, machine.diary())
    finally:
        machine.stop()


def test_check_shows_the_tables_of_a_configuration(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "laptop")
    machine.config.write_text(TABLE.replace(f"[{MYTOOL}, push]", "[no-such-tool, push]"))
    done = subprocess.run(
        [str(BIN / "autosyncd"), "--check", "--config", str(machine.config)],
        env=machine.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "vcs.mytool: marked by .mytool; status, add, remove, modify, startup" in done.stdout
    assert "there is no program no-such-tool yet" in done.stdout


@pytest.mark.system
@pytest.mark.skipif(
    shutil.which("darcs") is None and os.environ.get("CI") != "true", reason="no darcs here"
)
def test_two_darcs_repositories_of_one_daemon_are_kept_in_step(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "laptop")
    machine.extra["DARCS_EMAIL"] = "me@example.org"
    shared = tmp_path / "shared"
    do(tmp_path, "darcs", "init", "-q", str(shared))
    one, two = machine.home / "one", machine.home / "two"
    for folder in (one, two):
        do(machine.home, "darcs", "clone", "-q", str(shared), str(folder))
    try:
        machine.start(f"{QUICK}repositories: [{one}, {two}]\n")
        (one / "note ünï.txt").write_text("first\n")
        until(lambda: (two / "note ünï.txt").exists(), machine.diary())
        (two / "note ünï.txt").rename(two / "-renamed")
        until(lambda: (one / "-renamed").exists(), machine.diary())
        until(lambda: not (one / "note ünï.txt").exists(), machine.diary())
        assert machine.ctl("pause", "one").returncode == 0
        (one / "-renamed").write_text("one\n")
        (two / "-renamed").write_text("two\n")
        until(lambda: content(shared / "-renamed") == "two\n", machine.diary())
        assert machine.ctl("resume", "one").returncode == 0

        def kept(folder: Path) -> list[str]:
            return sorted(content(file) for file in folder.glob("-renamed*"))

        until(lambda: kept(one) == kept(two) == ["one\n", "two\n"], machine.diary())
        (one / "-renamed").unlink()
        until(lambda: not (two / "-renamed").exists(), machine.diary())
        assert {entry["vcs"] for entry in machine.status()} == {"darcs"}
    finally:
        machine.stop()
    assert "No conflicts" in do(shared, "darcs", "mark-conflicts", "--dry-run")
