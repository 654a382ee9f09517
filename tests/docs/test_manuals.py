"""The manual pages and the JSON Schema are up to date, and right."""

import argparse
import os
import shutil
import subprocess
import sys

import pytest

from autosyncctl.anatomy import anatomy
from autosyncctl.cli import parser as client_parser
from autosyncd.arguments import parser as daemon_parser
from autosyncd.config import schema
from autosyncd.config.settings import REPOSITORY
from autosyncd.reflector.arguments import parser as reflector_parser
from contrib.manuals import SHARE, _escaped, _line, pages
from tests.config.test_config_docs import keys

NO_DATE = "missing date"
"""The pages are to be the same whenever they are made."""

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
        ["mandoc", "-Tlint", "-Wwarning"],
    ],
    ids=["man", "groff", "mandoc"],
)
def test_a_manual_page_is_free_of_warnings(command: list[str], name: str) -> None:
    if shutil.which(command[0]) is None:
        assert os.environ.get("CI") != "true", f"{command[0]} is missing"
        pytest.skip(f"no {command[0]}")
    done = subprocess.run(
        [*command, str(SHARE / name)],
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    lint = done.stdout if command[0] == "mandoc" else ""
    warnings = [line for line in f"{lint}{done.stderr}".splitlines() if NO_DATE not in line]
    assert warnings == []


def plain(page: str) -> str:
    return page.replace("\\-", "-").replace("\\&", "").replace("\\fB", "").replace("\\fR", "")


def test_the_manual_of_the_configuration_has_every_key_with_its_meaning() -> None:
    page = pages()["man/man5/autosync.yaml.5"]
    for key in (*keys(schema.TOP), *REPOSITORY.keys):
        meaning = _line(f"{key.meaning[:1].upper()}{key.meaning[1:]}")
        assert f".TP\n.B {_escaped(key.name)}\n{meaning}" in page, key.name


@pytest.mark.parametrize(
    ("name", "programs"),
    [
        ("autosyncctl", [client_parser()]),
        ("autosyncd", [daemon_parser(), reflector_parser()]),
    ],
)
def test_the_manual_of_a_program_has_every_command_option_and_exit_code(
    name: str, programs: list[argparse.ArgumentParser]
) -> None:
    page = plain(pages()[f"man/man1/{name}.1"])
    for program in map(anatomy, programs):
        for command in (program, *program.commands):
            assert command is program or f".SS {command.name}\n" in page
            for option in command.options:
                assert all(flag in page for flag in option.flags), option
                assert plain(_line(option.help)) in page, option
            for example in command.examples:
                assert example.line in page.replace("\\(ti", "~")
    assert ".SH EXIT STATUS" in page


def test_the_daemon_prints_the_schema() -> None:
    words = [sys.executable, "-m", "autosyncd", "--schema"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout == pages()["autosync/autosync.schema.json"]
