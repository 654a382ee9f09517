"""A configuration of 2011 where YAML is wanted."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from autosyncd.config.legacy import import_hint
from autosyncd.config.load import load
from tests.autosyncctl.legacy_files import EXAMPLE, plain
from tests.config.config_loader import Loader


def test_a_file_of_2011_says_how_to_import_it(loader: Loader) -> None:
    for text in (EXAMPLE, plain("/x").replace("\n", "\r\n"), f"# mine\n\n{plain('/x')}"):
        problem = loader.problem(text)
        assert problem.startswith("autosync.yaml:1: is a configuration of the autosync of 2011")
        assert f"autosyncctl import {loader.file} >".replace(f"{loader.folder}/", "") in problem


def test_autosyncd_ends_with_exit_code_2(loader: Loader) -> None:
    loader.write(EXAMPLE)
    command = [sys.executable, "-m", "autosyncd", "--config", str(loader.file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    assert (done.returncode, done.stdout) == (2, "")
    assert "autosyncctl import" in done.stderr


def test_yaml_with_a_list_that_looks_like_a_section_is_yaml(loader: Loader) -> None:
    assert "must be a mapping" in loader.problem("[autosync]\n")


def test_the_hint_is_a_command_that_works_and_overwrites_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is typed as it is: in a new home, and where there is a configuration, this one even."""
    monkeypatch.setenv("HOME", str(tmp_path))
    old = tmp_path / "old config"
    old.write_text(EXAMPLE)
    target = tmp_path / ".config" / "autosync" / "autosync.yaml"
    typed(import_hint(str(old)), tmp_path)
    assert load(target, environment={}, home=tmp_path).repositories
    target.write_text(EXAMPLE)
    typed(import_hint(str(target)), tmp_path)
    assert target.read_text() == EXAMPLE
    assert load(tmp_path / "imported.yaml", environment={}, home=tmp_path).repositories


def typed(hint: str, folder: Path) -> None:
    (command,) = re.findall("`(.+)`", hint)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    subprocess.run(["sh", "-c", command], cwd=folder, env=environment, check=True)
