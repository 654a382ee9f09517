"""What systemctl complains of, in the words of the user."""

from pathlib import Path

import pytest

from autosyncctl.systemctl import BY_HAND, properties, systemctl
from autosyncd.errors import AutosyncError


def complains(folder: Path, monkeypatch: pytest.MonkeyPatch, of: str) -> None:
    (folder / "systemctl").write_text(f'#!/bin/sh\necho "{of}" >&2\nexit 1\n')
    (folder / "systemctl").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_where_no_systemd_runs_for_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    complains(tmp_path, monkeypatch, "Failed to connect to bus: No such file or directory")
    with pytest.raises(AutosyncError) as raised:
        properties("autosyncd.service", "ActiveState")
    assert str(raised.value.message) == (
        "cannot ask systemd: Failed to connect to bus: No such file or directory"
    )
    assert raised.value.hint == f"no systemd runs for this user here (a login starts it); {BY_HAND}"


def test_what_could_not_be_done_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    complains(tmp_path, monkeypatch, "Unit x is masked.")
    with pytest.raises(AutosyncError, match="cannot enable: Unit x is masked"):
        systemctl("enable", "x")


def test_where_there_is_no_systemd_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AutosyncError, match="it is not installed") as raised:
        systemctl("enable", "x")
    assert raised.value.hint == BY_HAND
