"""What the buttons do."""

from pathlib import Path

import pytest

from autosyncctl.agent.bubbles import Act, Offer
from autosyncctl.agent.choices import HOUR, carry_out
from autosyncctl.client import Client
from autosyncd.api.types import ConflictCopyFound, ConflictsResult
from autosyncd.errors import AutosyncError
from tests.autosyncctl.agent.desktop_session import until
from tests.autosyncctl.fake_daemon import FakeDaemon


def choose(daemon: FakeDaemon, act: Act, commit: str | None = None) -> None:
    with Client(daemon.path) as client:
        carry_out(Offer(act, "docs", commit), client, lambda *_: "why")


def test_pause_pauses_for_an_hour(daemon: FakeDaemon) -> None:
    choose(daemon, Act.PAUSE)
    assert ("pause", ("docs",), HOUR) in daemon.served.asked


def test_a_commit_that_is_not_the_last_any_more_is_not_described(daemon: FakeDaemon) -> None:
    with pytest.raises(AutosyncError, match="not the last one any more"):
        choose(daemon, Act.DESCRIBE, "older")
    assert not daemon.asked("describe")


def a_copy(root: Path, copy: str, time: float) -> ConflictCopyFound:
    return ConflictCopyFound(
        repository="docs",
        root=str(root),
        path="a.md",
        copy=copy,
        time=time,
        host=None,
        commit=None,
        subject=None,
        original_exists=True,
        differs=True,
    )


def test_show_opens_the_folder_of_the_newest_conflict(
    daemon: FakeDaemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = tmp_path / "opened"
    (tmp_path / "xdg-open").write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    (tmp_path / "xdg-open").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("INVOCATION_ID", raising=False)
    copies = (a_copy(tmp_path, "old/a.md", 1.0), a_copy(tmp_path, "the new/a.md", 2.0))
    daemon.do(lambda: setattr(daemon.served, "copies", ConflictsResult(conflicts=copies)))
    choose(daemon, Act.SHOW)
    until(lambda: opened.exists() and opened.read_text().endswith("\n"), "it is open")
    assert opened.read_text() == f"{tmp_path}/the new\n"


def test_a_conflict_that_is_settled_already_is_said_to_be(daemon: FakeDaemon) -> None:
    with pytest.raises(AutosyncError, match="there is none any more"):
        choose(daemon, Act.SHOW)
