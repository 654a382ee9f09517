"""The manual pages and the JSON Schema are up to date, and right."""

import os
import shutil
import subprocess
import sys

import pytest

from autosyncctl.cli import COMMANDS
from autosyncd.config.settings import REPOSITORY
from contrib.manuals import SHARE, pages

MANUALS = tuple(name for name in pages() if name.startswith("man/"))


@pytest.mark.parametrize("name", pages())
def test_what_is_generated_is_up_to_date(name: str) -> None:
    file = SHARE / name
    assert file.is_file(), "make it: python -m contrib.manuals"
    assert file.read_text() == pages()[name], "make it anew: python -m contrib.manuals"


@pytest.mark.parametrize("name", MANUALS)
@pytest.mark.parametrize(
    "command",
    [
        ["man", "--warnings", "-l", "-E", "UTF-8", "-Tutf8", "-Z"],
        ["groff", "-man", "-ww", "-b", "-z", "-Kutf8", "-Tutf8"],
    ],
    ids=["man", "groff"],
)
def test_a_manual_page_is_free_of_warnings(command: list[str], name: str) -> None:
    if shutil.which(command[0]) is None:
        assert os.environ.get("CI") != "true", f"{command[0]} is missing"
        pytest.skip(f"no {command[0]}")
    done = subprocess.run(
        [*command, str(SHARE / name)],
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_manuals_have_every_command_and_every_key() -> None:
    client, configuration = (pages()[name] for name in MANUALS[1:])
    assert [name for name in COMMANDS if f".SS {name}\n" not in client] == []
    assert [one.name for one in REPOSITORY.keys if f".B {one.name}\n" not in configuration] == []


def test_the_daemon_prints_the_schema() -> None:
    words = [sys.executable, "-m", "autosyncd", "--schema"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout == pages()["autosync/autosync.schema.json"]
