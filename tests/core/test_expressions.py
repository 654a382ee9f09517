"""Expressions of another tool are taken as they are, or not at all."""

import pytest

from autosyncd.core.expressions import Expressions


def test_a_path_fits_from_its_beginning_on_or_after_its_prefix() -> None:
    found = Expressions([(b"", rb"build(?:/|$)"), (b"src/", rb"^out$"), (b"", rb".*\.log")])
    wanted = {b"build", b"build/x", b"src/out", b"a/b.log"}
    others = {b"src/build", b"out", b"src/out/x", b"src", b"log"}
    assert {path for path in wanted | others if found.fit(path)} == wanted
    assert found
    assert not Expressions([])


@pytest.mark.parametrize("wrong", [b"((", b"(a+)+$", rb"(a)\1", b"(?P<a>b)", b"[[a]b)"])
def test_what_cannot_be_read_or_may_take_for_ever_covers_nothing(wrong: bytes) -> None:
    found = Expressions([(b"", wrong), (b"", b"^docs")])
    assert not found.fit(b"a" * 60 + b"!")
    assert not found.fit(b"ab")
    assert found.fit(b"docs")
