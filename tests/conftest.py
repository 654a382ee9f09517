"""Every test gets a HOME of its own and an environment without anybody's git settings."""

import os
import signal
from pathlib import Path

import pytest

GITCONFIG = """\
[user]
	name = Test Person
	email = test@example.org
[init]
	defaultBranch = main
"""
LEAKY = ("GIT_", "XDG_", "AUTOSYNC_", "SSH_", "NOTIFY_", "LISTEN_", "WATCHDOG_", "DBUS_", "STATE_")

# A shell lets what it runs in the background ignore this, and all that it starts inherits that.
signal.signal(signal.SIGINT, signal.default_int_handler)


LONG = 1200
"""Seconds: what may take so long comes first, or all would wait for it in the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests first; the others stay in their order."""
    items.sort(key=lambda item: _limit(item) < LONG)


def _limit(item: pytest.Item) -> float:
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0]) if marker and marker.args else 0.0


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A HOME with a git identity, and nothing else that git or autosync could find."""
    for name in list(os.environ):
        if name.startswith(LEAKY):
            monkeypatch.delenv(name)
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / ".gitconfig").write_text(GITCONFIG)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(_made(tmp_path / "run")))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return folder


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700)
    return folder
