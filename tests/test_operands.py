"""Names in commands to type reach the program as they are."""

import shlex
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from autosyncctl.cli import parser
from autosyncd.api.operands import operands
from autosyncd.doctor.state import state_of
from tests.doctor.conftest import entry


@pytest.mark.parametrize("name", ["docs", "-x", "--all", "two words", 'my $notes "q"', "it's"])
@pytest.mark.parametrize("file", ["todo.md", "-f", "a b"])
def test_names_are_operands_whatever_they_begin_with(name: str, file: str) -> None:
    given = parser().parse_args(shlex.split(f"approve {operands(name, file)}"))
    assert (given.repository, given.paths) == (name, [file])


def test_a_cure_names_a_repository_that_could_be_an_option(tmp_path: Path) -> None:
    one = entry(tmp_path, "paused")
    found = state_of(replace(one, status=msgspec.structs.replace(one.status, name="-x")))
    assert found.hint == "`autosyncctl resume -- -x`"
