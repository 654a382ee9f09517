"""Asking for a line: by whichever program is there, and not for ever."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from autosyncctl.agent import dialog
from autosyncctl.agent.dialog import ask

Put = Callable[[str, str], None]


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    """Puts a program into the only folder of PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DISPLAY", ":none")

    def put(name: str, does: str) -> None:
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)

    return put


def test_kdialog_asks_where_zenity_is_not(put: Put, tmp_path: Path) -> None:
    put("kdialog", 'printf "%s\\n" "$@" > "$0.asked"; echo " because "')
    assert ask("docs", "Why?", "docs: update <a> & $b", 9) == "because"
    asked = (tmp_path / "kdialog.asked").read_text().splitlines()
    assert asked == ["--title", "docs", "--inputbox", "Why?", "docs: update <a> & $b"]


def test_zenity_is_told_its_time_and_text_that_it_can_not_misread(put: Put, tmp_path: Path) -> None:
    put("kdialog", "echo no")
    put("zenity", 'printf "%s\\n" "$@" > "$0.asked"; echo because')
    assert ask("docs", "What_\\?", "--help <b>", 7.4) == "because"
    asked = (tmp_path / "zenity.asked").read_text().splitlines()
    assert "--text=What__\\\\?" in asked
    assert "--entry-text=--help <b>" in asked
    assert "--timeout=7" in asked


def test_a_dialog_left_open_is_ended(
    put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialog, "GRACE", 0.2)
    put("kdialog", 'echo $$ > "$0.pid"; echo typed; exec /bin/sleep 1000')
    written = tmp_path / "kdialog.pid"
    for seconds in (1.0, 5.0, 50.0):  # on a busy machine it takes a while to begin
        assert ask("docs", "Why?", "default", seconds) is None
        if written.exists() and written.read_text():
            break
    pid = int(written.read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize("does", ["exit 1", "echo typed; exit 5", "echo"])
def test_a_dialog_that_was_closed_or_left_empty_says_nothing(put: Put, does: str) -> None:
    put("kdialog", does)
    assert ask("docs", "Why?", "default", 9) is None


def test_without_a_program_or_a_screen_nobody_is_asked(
    put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ask("docs", "Why?", "default", 9) is None
    put("zenity", "echo typed")
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert ask("docs", "Why?", "default", 9) is None
