"""Held files and the brake, as a user of the command line meets them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.machines import QUICK, Machine, bare_remote, git, until

pytestmark = pytest.mark.system

TOKEN = "ghp_" + "aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zC3eF6"


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path, "laptop")
    yield made
    made.stop()


def test_what_is_held_is_listed_and_let_through_by_the_command_line(
    tmp_path: Path, machine: Machine
) -> None:
    remote = bare_remote(tmp_path)
    docs = machine.clone(remote)
    (docs / "many").mkdir()
    for number in range(30):
        (docs / "many" / f"{number}").write_text(f"{number}\n")

    def on_the_remote() -> list[str]:
        return git(remote, "ls-tree", "-r", "--name-only", "main").splitlines()

    machine.start(f"{QUICK}repositories: [~/docs]\n")
    until(machine.in_step, "the first files are pushed")
    (docs / "key.env").write_text(TOKEN)
    until(lambda: machine.repository()["held"] == 1, "the secret is held")
    held = json.loads(machine.ctl("held", "--json").stdout)["held"]
    assert [(one["repository"], one["path"]) for one in held] == [("docs", "key.env")]
    assert "a GitHub token" in machine.ctl("held", "docs").stdout
    nothing = machine.ctl("approve", "docs")
    assert (nothing.returncode, nothing.stdout) == (1, "")
    assert "autosyncctl held docs" in nothing.stderr
    assert machine.ctl("approve", "docs", "docs/key.env").returncode == 0
    until(lambda: "key.env" in on_the_remote(), "the approved file is pushed")

    for number in range(25):
        (docs / "many" / f"{number}").unlink()
    until(lambda: machine.repository()["state"] == "blocked", "the deletions wait")
    assert "autosyncctl approve docs" in machine.repository()["reason"]
    assert len(on_the_remote()) == 31
    machine.stop()
    machine.start()
    until(lambda: machine.repository()["state"] == "blocked", "they wait after a restart, too")
    approved = machine.ctl("approve", str(docs), "--json")
    assert len(json.loads(approved.stdout)["approved"]) == 25
    until(lambda: len(on_the_remote()) == 6, "the deletions are pushed")
    until(machine.in_step, "nothing is left to do")
    assert machine.ctl("held").stdout == "nothing is held\n"
    assert "Traceback" not in machine.diary()
