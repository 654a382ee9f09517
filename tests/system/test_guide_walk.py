"""The guide's commands, typed one after the other by somebody with a repository."""

import re
import time
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, lines
from tests.system.machines import git, until
from tests.system.people import Person

pytestmark = [pytest.mark.system]

GUIDE = ROOT / "docs" / "guide.md"
AGES_AGO = "'2 weeks ago'"
"""Nothing of this repository is so old: that is refused."""


def test_every_command_of_the_guide_does_what_it_says(tmp_path: Path) -> None:
    ada = Person(tmp_path, "laptop")
    docs = ada.home / "docs"
    docs.mkdir()
    (docs / "todo.md").write_text("buy milk\n")
    typed = [line for line in lines(GUIDE.read_text()) if line.startswith("autosyncctl")]
    assert len(typed) > 10
    with ada.daemon("autosyncd --init"):
        ada.run(f"autosyncctl add docs --remote {tmp_path}/docs.git --set push_delay=100ms")
        _both_change_a_line(ada, tmp_path)
        for line in typed:
            if "--follow" in line:
                ada.begins(line, docs)
            elif AGES_AGO in line:
                _is_too_old(ada, line, docs)
            else:
                ada.run(_with_what_there_is(line, docs), docs)
    assert (docs / "todo.md").read_text() == "buy milk\n", "the first version is back"


def _both_change_a_line(ada: Person, folder: Path) -> None:
    """There is a conflict in `todo.md`."""
    other = folder / "other"
    ada.run(f"git clone -q {folder}/docs.git {other}")
    (other / "todo.md").write_text("buy bread\n")
    ada.run("autosyncctl pause docs")
    (ada.home / "docs" / "todo.md").write_text("buy wine\n")
    ada.run("git commit -qam bread && git push -q", other)
    ada.run("autosyncctl resume docs && autosyncctl sync docs")
    copies = ada.home / "docs"
    until(lambda: any(copies.glob("todo.conflict-*")), "there is a conflict")


def _with_what_there_is(line: str, docs: Path) -> str:
    """The line with a moment, and with a commit, of which there is a version here."""
    first = git(docs, "rev-list", "--max-parents=0", "HEAD")[:7]
    until(lambda: time.time() > int(git(docs, "show", "-s", "--format=%ct", first)) + 1, "later")
    return re.sub(r"1a2b3c4$", first, line.replace("'yesterday 10:00'", "now"))


def _is_too_old(ada: Person, line: str, docs: Path) -> None:
    done = ada.tries(line, docs)
    assert done.returncode == 1
    assert "todo.md" in done.stderr
    assert not (docs / "old-todo.md").exists()
