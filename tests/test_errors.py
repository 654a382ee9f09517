"""Errors as one line, to read and to copy from."""

import pytest

from autosyncctl.words import one_line
from autosyncd.errors import AutosyncError, flat


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fatal: no\n  such\r\n\thost\n", "fatal: no such host"),
        ("`autosyncctl add '/my  docs'`", "`autosyncctl add '/my  docs'`"),
        ("two\u00a0words\u2028and\x85more", "two\u00a0words and more"),
    ],
)
def test_a_line_keeps_the_spaces_that_names_have(text: str, said: str) -> None:
    assert flat(text) == said
    assert AutosyncError("cannot", hint=text).line() == f"cannot; {said}"


def test_so_does_what_is_shown() -> None:
    assert one_line("'/my  docs'\n") == "'/my  docs'"
