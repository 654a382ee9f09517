"""Every test gets a HOME of its own and an environment without anybody's git settings."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.dealing import dealt

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


LONG = 600
"""Seconds: what may take so long comes first, or all would wait for it in the end."""

OTHER_PYTHON = os.environ.get("AUTOSYNC_ATTACKS") == "some"
"""Whether this is one more Python, and the first has had all tests (`.ci/test-all`)."""

LEFT_OUT = pytest.StashKey[int]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What one Python is enough for, once; of the rest the longest first, by all workers."""
    if OTHER_PYTHON:
        once = [item for item in items if item.get_closest_marker("once")]
        items[:] = [item for item in items if not item.get_closest_marker("once")]
        config.hook.pytest_deselected(items=once)
        config.stash[LEFT_OUT] = len(once)
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    items[:] = dealt(items, workers, lambda item: _limit(item) >= LONG)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of xdist tells how many it left out."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(LEFT_OUT, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """All workers leave out the same."""
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", 0)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what this run did not do."""
    if number := config.stash.get(LEFT_OUT, 0):
        terminalreporter.write_line(
            f"{number} tests were left to the first Python (tests/README.md)"
        )


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
