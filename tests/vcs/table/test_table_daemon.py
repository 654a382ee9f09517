"""Real daemons over tools that tables drive: a user's own, one of 2011, and svn offline."""

import base64
import os
import shutil
import subprocess
from pathlib import Path

import pytest

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
def test_an_imported_configuration_of_2011_with_commands_of_its_own_runs(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "laptop")
    machine.git_home("init", "-q", "--bare", "-b", "main", str(tmp_path / "remote.git"))
    docs = machine.clone(tmp_path / "remote.git")
    (machine.home / ".autosync").write_text(
        "[autosync]\npath = ~/docs\nsyncmethod = none\npulllock = conservative\nreadfrequency = 0\n"
        "ignorepath = .git private\n[dvcs]\n"
        'statuscmd = git status | grep -iq "nothing to commit"\n'
        "addcmd = git add %s\nrmcmd = git rm -q %s\nmodifycmd = git add %s\n"
        "movecmd = git rm -q %s\n    git add %s\nstartupcmd = git add -A\n"
        "commitcmd = git commit -q -m %s\npushcmd = git push -q -u origin main\n"
        "pullcmd = git fetch -q\nremoteurlcmd = git config --get remote.origin.url\n"
    )
    imported = machine.ctl("import")
    assert imported.returncode == 0
    quick = QUICK.replace("  push_delay: 100ms\n", "")
    try:
        machine.start(quick + imported.stdout)
        rests(machine)
        (docs / "a").write_text("one\n")
        (docs / "private").write_text("mine\n")
        shown = ["git", "-C", str(tmp_path / "remote.git"), "ls-tree", "-r", "--name-only", "main"]

        def there() -> bytes:
            return subprocess.run(shown, capture_output=True, check=False).stdout

        until(lambda: there() == b"a\n", machine.diary())
        assert machine.repository()["vcs"] == "git-2011"
        (docs / "a").rename(docs / "b")
        until(lambda: there() == b"b\n", machine.diary())
    finally:
        machine.stop()


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
