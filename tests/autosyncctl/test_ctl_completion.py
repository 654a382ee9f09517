"""Completion in real shells, and that its scripts know every command and option."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autosyncctl.anatomy import Command, anatomy
from autosyncctl.cli import COMMANDS, parser
from tests.autosyncctl.conftest import Run
from tests.autosyncctl.fake_daemon import FakeDaemon
from tests.autosyncctl.shells import BIN, shell
from tests.control.fake_served import a_repository

SHELLS = ("bash", "zsh", "fish")


ODD = ("my notes", "$(oops)", "日本語", "/a/photos", "a:b", "x\x1b[2Jy", "two\nlines")


def needs(name: str) -> None:
    if shutil.which(name) is None:
        assert os.environ.get("CI") != "true", f"{name} is missing"
        pytest.skip(f"no {name}")


def program() -> Command:
    return anatomy(parser())


def fish(line: str, folder: Path) -> list[str]:
    """What fish offers at the end of a line."""
    code = f"autosyncctl completion fish | source; complete -C {line!r}"
    done = subprocess.run(
        ["fish", "--no-config", "-c", code],
        cwd=folder,
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return [one.split("\t")[0] for one in done.stdout.splitlines()]


def test_the_anatomy_has_every_command_and_option() -> None:
    found = program()
    assert [one.name for one in found.commands] == list(COMMANDS)
    restore = next(one for one in found.commands if one.name == "restore")
    assert [one.flags for one in restore.options][:2] == [("-h", "--help"), ("--at",)]
    assert restore.options[1].value == "REV|WHEN"
    assert [one.name for one in restore.operands] == ["FILE"]


@pytest.mark.parametrize("name", SHELLS)
def test_a_script_is_right_and_names_all_commands_and_options(
    run: Run, tmp_path: Path, name: str
) -> None:
    needs(name)
    script = run("completion", name)
    assert (script.code, script.err) == (0, "")
    file = tmp_path / "script"
    file.write_text(script.out)
    subprocess.run([name, "-n", str(file)], check=True)
    for command in program().commands:
        assert command.name in script.out
        for option in command.options:
            for flag in option.flags:
                assert flag.lstrip("-") in script.out


@pytest.mark.parametrize("name", ["bash", "zsh"])
def test_tab_completes_commands_options_values_repositories_and_files(
    daemon: FakeDaemon, tmp_path: Path, name: str
) -> None:
    needs(name)
    odd = {name: a_repository(name) for name in ODD}
    daemon.do(lambda: daemon.served.repositories.update(odd))
    (tmp_path / "thesis.txt").touch()
    with shell(name, tmp_path) as at:
        for typed, completed in (
            ("autosyncctl confl\t", "conflicts "),
            ("autosyncctl conflicts --ke\t", "--keep "),
            ("autosyncctl conflicts --keep ot\t", "other "),
            ("autosyncctl --socket x status doc\t", "docs "),
            ("autosyncctl pause my\t", "my\\ notes "),
            ("autosyncctl pause my\\ n\t", "otes "),
            ("autosyncctl pause 'my n\t", "otes' "),
            ("autosyncctl pause \\$\t", "oops"),
            ("autosyncctl pause 日\t", "日本語 "),
            ("autosyncctl pause /a/ph\t", "/a/photos "),
            ("autosyncctl pause a:\t", "b "),
            ("autosyncctl events --kind int\t", "integrated"),
            ("autosyncctl events --kind committed,int\t", "committed,integrated"),
            ("autosyncctl restore the\t", "thesis.txt "),
            ("autosyncctl history ./the\t", "./thesis.txt "),
        ):
            at.type(typed, lambda shown, completed=completed: completed in shown)  # type: ignore[misc] # mypy can't infer lambdas with defaults
            at.clear()


def test_fish_offers_commands_options_values_repositories_and_files(
    daemon: FakeDaemon, tmp_path: Path
) -> None:
    needs("fish")
    daemon.do(lambda: daemon.served.repositories.update({"my notes": a_repository("my notes")}))
    (tmp_path / "thesis.txt").touch()
    assert fish("autosyncctl confl", tmp_path) == ["conflicts"]
    assert "--keep" in fish("autosyncctl conflicts --", tmp_path)
    assert fish("autosyncctl conflicts --keep ", tmp_path) == ["both", "other", "this"]
    assert fish("autosyncctl events --kind int", tmp_path) == ["integrated"]
    assert fish("autosyncctl events --kind held,int", tmp_path) == ["held,integrated"]
    assert {"docs", "notes", "my notes"} <= set(fish("autosyncctl status ", tmp_path))
    assert "thesis.txt" in fish("autosyncctl restore the", tmp_path)
    assert fish("autosyncctl stop ", tmp_path) == []


def test_without_a_daemon_nothing_is_offered_and_nothing_said(run: Run, socket_file: Path) -> None:
    del socket_file
    done = run("completion", "repositories")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_a_daemon_that_hangs_does_not_hang_who_presses_tab(daemon: FakeDaemon, run: Run) -> None:
    daemon.served.meanwhile["status"] = lambda: time.sleep(3)
    done = run("completion", "repositories")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_other_shells_are_refused(run: Run) -> None:
    done = run("completion", "csh")
    assert done.code == 2
    assert "allowed: bash, zsh, fish" in done.complaint


def test_names_alone_cost_no_more_than_a_status(daemon: FakeDaemon) -> None:
    words = [sys.executable, "-X", "importtime", "-m", "autosyncctl", "completion", "repositories"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["docs", "notes"]
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "autosyncctl.session" in loaded
    assert not {"autosyncctl.commands.sync", "autosyncctl.anatomy", "rich"} & loaded
