"""From something else to autosync, by the words of docs/migrating.md."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, inline, lines, section
from tests.system.machines import git, until
from tests.system.people import Person, the_line

pytestmark = [pytest.mark.system]

PAGE = ROOT / "docs" / "migrating.md"
INI_OF_2011 = """\
[autosync]
path = ~/docs
syncmethod = none
readfrequency = 7
ignorepath = .git build

[dvcs]
statuscmd = git status | grep -iq "nothing to commit"
addcmd = git add %s
rmcmd = git rm %s
modifycmd = git add %s
movecmd = git mv %s %s
startupcmd = git add -A
commitcmd = git commit -m %s
pushcmd = git push
pullcmd = git pull
remoteurlcmd = git config --get remote.origin.url
"""


@pytest.fixture
def ada(tmp_path: Path) -> Iterator[Person]:
    """Somebody whose daemon runs already."""
    somebody = Person(tmp_path, "laptop")
    with somebody.daemon("autosyncd --init"):
        yield somebody


def cloned(ada: Person, folder: Path, branch: str) -> Path:
    """A repository in a folder, in step with its remote."""
    remote = ada.home / f"{folder.name}.git"
    ada.run(f"git init -q --bare -b {branch} {remote} && git clone -q {remote} {folder}")
    ada.run(f"git symbolic-ref HEAD refs/heads/{branch}", folder)
    (folder / "a.md").write_text("one\n")
    ada.run("git add -A && git commit -qm begin && git push -q -u origin HEAD", folder)
    return folder


def in_step(ada: Person, folder: Path, branch: str) -> bool:
    """Whether its remote has the same commit, and everything is committed."""
    theirs = git(ada.home / f"{folder.name}.git", "rev-parse", branch)
    return theirs == git(folder, "rev-parse", "HEAD") and not git(folder, "status", "--porcelain")


def test_from_gitwatch_that_left_a_rebase_in_the_middle(ada: Person) -> None:
    docs = cloned(ada, ada.home / "docs", "main")
    other = ada.home / "other"
    ada.run(f"git clone -q docs.git {other}")
    (other / "a.md").write_text("theirs\n")
    ada.run("git commit -qam theirs && git push -q", other)
    (docs / "a.md").write_text("ours\n")
    message = "Scripted auto-commit on change (2026-11-26 23:09:03) by gitwatch.sh"
    ada.run(f"git commit -qam '{message}'", docs)
    assert ada.tries("git pull -q --rebase origin", docs).returncode != 0
    words = section(PAGE, "gitwatch")
    add = the_line([line for line in lines(PAGE.read_text()) if "--dry-run" not in line], "auto")
    done = ada.tries(add)
    assert done.returncode == 1
    abort = the_line([one for one in inline(words) if one.startswith("git rebase")], "git rebase")
    assert "a rebase is in progress" in done.stderr
    assert abort.removeprefix("git ") in done.stderr
    ada.run(abort, docs)
    ada.run(add)
    assert in_step(ada, docs, "main")
    assert message in git(docs, "log", "--format=%s"), "no history is rewritten"
    assert {path.read_text() for path in docs.glob("a*.md")} == {"ours\n", "theirs\n"}
    grep = the_line([one for one in inline(words) if one.startswith("git grep")], "git grep")
    assert ada.tries(grep, docs).returncode == 1, "no markers are in any file"


def test_from_sparkleshare(ada: Person) -> None:
    docs = ada.home / "SparkleShare" / "HOST" / "PROJECT"
    docs.parent.mkdir(parents=True)
    cloned(ada, docs, "master")
    (docs / ".sparkleshare").write_text("5a105e8b9d40e1329780d62ea2265d8a\n")
    (docs / "folder").mkdir()
    (docs / "folder" / ".empty").write_text("I'm a folder!\n")
    (docs / "a (by Bob).md").write_text("of old\n")
    (docs / ".git" / "info" / "attributes").write_text("*.jpg -delta\n")
    hook = docs / ".git" / "hooks" / "pre-push"
    hook.write_text("#!/bin/sh\nexit 0\n")
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    ada.run("git config core.quotepath false && git config core.ignorecase false", docs)
    told = [one for one in inline(section(PAGE, "SparkleShare")) if "PROJECT" in one]
    ada.run(the_line(told, "git -C"))
    ada.run(the_line(told, "autosyncctl add"))
    assert in_step(ada, docs, "master")
    assert "folder/.empty" in git(docs, "ls-files")
    (docs / "a.md").write_text("two\n")
    ada.run("autosyncctl sync")
    assert in_step(ada, docs, "master")


def test_from_the_autosync_of_2011(ada: Person) -> None:
    docs = cloned(ada, ada.home / "docs", "main")
    (ada.home / ".autosync").write_text(INI_OF_2011)
    folder = ada.home / ".config" / "autosync"
    ada.run(the_line(list(inline(section(PAGE, "dvcs-autosync"))), "autosyncctl import"), folder)
    ada.run("autosyncd --check")
    said = ada.run("autosyncctl reload")
    assert said == "reloaded: added docs\n"
    until(lambda: in_step(ada, docs, "main"), "it is in step")
    (docs / "a.md").write_text("two\n")
    ada.run("autosyncctl sync docs")
    assert in_step(ada, docs, "main")
