"""Facts in words: nothing breaks them, nothing gets through them."""

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autosyncctl.view import Cell, Column, View, cut, padded, plain, table_lines, width_of
from autosyncctl.words import ago, clean, clock, count, span

texts = st.text(st.characters(codec=None), max_size=40)


@given(texts)
def test_clean_text_is_printable_and_one_line(text: str) -> None:
    assert clean(text).isprintable()
    clean(text).encode("utf-8")


@given(texts.filter(str.isprintable))
def test_printable_text_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", r"a\nb"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("caf\udce9", r"caf\xe9"),
        ("\u202egpj.exe", r"\u202egpj.exe"),
        ("[red]", "[red]"),
        ("日本語", "日本語"),
    ],
)
def test_what_could_mislead_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert clean(text) == shown


@given(texts.map(clean), st.integers(1, 30))
def test_a_cut_text_fits(text: str, width: int) -> None:
    assert width_of(cut(text, width)) <= width
    assert width_of(padded(cut(text, width), width)) == width


@given(st.lists(st.tuples(texts.map(clean), texts.map(clean)), min_size=1, max_size=5))
def test_tables_align_and_fit_where_they_can(rows: list[tuple[str, str]]) -> None:
    view = View(
        columns=(Column("A", gives=True), Column("B", gives=True)),
        rows=tuple((Cell(a), Cell(b)) for a, b in rows),
    )
    widths = {sum(width_of(cell.text) for cell in line) for line in table_lines(view, 80)}
    assert len(widths) == 1
    assert widths.pop() <= 82
    assert len(plain(view).split("\n")) == len(rows) + 1


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "0s"), (0.9, "0s"), (59, "59s"), (60, "1m"), (3599, "59m"), (7300, "2h"), (1e6, "11d")],
)
def test_spans_are_in_their_largest_unit(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_what_never_was_is_said_so() -> None:
    assert ago(None, 5.0) == "never"
    assert ago(1.0, 5.0) == "4s ago"


@pytest.mark.parametrize("moment", [1e300, -1e300, math.inf, math.nan])
def test_impossible_times_do_not_break_the_output(moment: float) -> None:
    assert clock(moment, time.time()) == "at no known time"


def test_a_clock_shows_the_date_of_other_days_only() -> None:
    now = time.mktime((2025, 12, 31, 14, 5, 9, 0, 0, -1))
    assert clock(now, now) == "14:05:09"
    assert clock(now - 86_400, now) == "2025-12-30 14:05:09"


def test_counts_agree_with_their_noun() -> None:
    assert (count(1, "path"), count(2, "path"), count(0, "copy")) == (
        "1 path",
        "2 paths",
        "0 copies",
    )
