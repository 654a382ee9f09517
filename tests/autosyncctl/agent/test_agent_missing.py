"""What to do where the packages that draw bubbles are not there."""

import argparse
import shlex
import sys

import pytest

from autosyncctl.commands import agent
from autosyncd.errors import AutosyncError


@pytest.fixture(autouse=True)
def _missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent, "find_spec", lambda _name: None)


def hint() -> str:
    with pytest.raises(AutosyncError, match="dbus-python and notify2 are not installed") as raised:
        agent.run(argparse.Namespace())
    return raised.value.hint or ""


def test_they_are_installed_for_this_very_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    monkeypatch.setattr(sys, "executable", "/home/me/my env/bin/python")
    words = shlex.split(hint().strip("`"))
    assert words == [sys.executable, "-m", "pip", "install", "dbus-python", "notify2"]


def test_a_python_of_the_system_is_left_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "base_prefix", sys.prefix)
    assert hint().endswith("`sudo apt install python3-dbus python3-notify2`")
