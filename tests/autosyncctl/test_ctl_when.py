"""Moments as people write them; the clock of these tests is that of Central Europe."""

import time
from collections.abc import Iterator

import pytest

from autosyncctl.when import parse_when


@pytest.fixture(autouse=True)
def vienna(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> float:
    return time.mktime((year, month, day, hour, minute, second, 0, 0, -1))


def now() -> float:
    """Thursday, 26 November 2026, 8 in the morning."""
    return at(2026, 11, 26, 8)


READ = {
    "now": (2026, 11, 26, 8),
    "2h": (2026, 11, 26, 6),
    "2h ago": (2026, 11, 26, 6),
    "1h30m ago": (2026, 11, 26, 6, 30),
    "5 hours": (2026, 11, 26, 3),
    "2 Hours  and 5 minutes ago": (2026, 11, 26, 5, 55),
    "half an hour ago": (2026, 11, 26, 7, 30),
    "an hour ago": (2026, 11, 26, 7),
    "a week ago": (2026, 11, 19, 8),
    "three days ago": (2026, 11, 23, 8),
    "2 days ago at 10:00": (2026, 11, 24, 10),
    "a month ago": (2026, 10, 26, 8),
    "2 years ago": (2024, 11, 26, 8),
    "1d": (2026, 11, 25, 8),
    "today": (2026, 11, 26),
    "yesterday": (2026, 11, 25),
    "Yesterday 10:00": (2026, 11, 25, 10),
    "yesterday at 10am": (2026, 11, 25, 10),
    "10:00 yesterday": (2026, 11, 25, 10),
    "yesterday noon": (2026, 11, 25, 12),
    "yesterday, 6 pm": (2026, 11, 25, 18),
    "noon": (2026, 11, 25, 12),
    "midnight": (2026, 11, 26),
    "07:59": (2026, 11, 26, 7, 59),
    "08:00": (2026, 11, 26, 8),
    "23:00": (2026, 11, 25, 23),
    "12am": (2026, 11, 26),
    "12:30 p.m.": (2026, 11, 25, 12, 30),
    "last monday": (2026, 11, 23),
    "monday": (2026, 11, 23),
    "mon 9:15": (2026, 11, 23, 9, 15),
    "on tuesday at noon": (2026, 11, 24, 12),
    "thursday": (2026, 11, 26),
    "last thursday": (2026, 11, 19),
    "2026-11-20": (2026, 11, 20),
    "2026-11-20 14:00": (2026, 11, 20, 14),
    "2026-11-20T14:00:05": (2026, 11, 20, 14, 0, 5),
    "2026-11-20 13:00Z": (2026, 11, 20, 14),
    "2026-11-20 14:00 +01:00": (2026, 11, 20, 14),
    "20.11.2026 14:00": (2026, 11, 20, 14),
    "20.11.": (2026, 11, 20),
    "20 nov": (2026, 11, 20),
    "24 december": (2025, 12, 24),
    "20th of November 2025": (2025, 11, 20),
    "Nov 20, 2025 14:00": (2025, 11, 20, 14),
    "29 feb 2024": (2024, 2, 29),
    "2026-07-01 01:30Z": (2026, 7, 1, 3, 30),
}


@pytest.mark.parametrize("text", READ)
def test_moments_are_read_as_people_write_them(text: str) -> None:
    assert parse_when(text, now()) == at(*READ[text])


@pytest.mark.parametrize("text", ["1764000000", "1764000000.5", "4000000000"])
def test_unix_seconds_are_moments(text: str) -> None:
    assert parse_when(text, now()) == float(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "-", "nan", "inf", "1e999", "12", "-5", "5", "x", "10", "yesterday 10", "ago"),
        *("last week", "this morning", "last night", "mo", "ju 5", "ma 5", "monday tuesday", "5 x"),
        *("20", "noon noon", "yesterday yesterday", "99999999999999d ago", "999999 years ago"),
        *("9" * 5000, "a" * 5000, "1 " * 3000, "at", "on", "last", "0.5 months ago"),
    ],
)
def test_what_is_not_clear_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="for example '2h ago', 'yesterday 10:00'"):
        parse_when(text, now())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-02-30", "there is no day 2026-02-30"),
        ("31.11.", "there is no day 2025-11-31"),
        ("25:00", "there is no such time"),
        ("13 pm", "there is no 13 pm"),
        ("10/11/2026", "which is the day and which the month"),
        ("tomorrow", "for example"),
        ("2026-11-27", "is still to come"),
        ("2030-01-01 10:00", "is still to come"),
    ],
)
def test_what_is_wrong_is_said(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_when(text, now())


def test_a_time_that_was_twice_asks_which_and_one_that_never_was_is_refused() -> None:
    with pytest.raises(ValueError, match=r"was twice: .*'2026-10-25 02:30\+02:00' or .*\+01:00'"):
        parse_when("2026-10-25 02:30", now())
    early, late = (parse_when(f"2026-10-25 02:30+0{n}:00", now()) for n in (2, 1))
    assert late - early == 3600
    with pytest.raises(ValueError, match="never was: the clocks were set forward"):
        parse_when("2026-03-29 02:30", now())
    assert parse_when("2026-03-29 03:00", now()) - parse_when("2026-03-29 01:59", now()) == 60


def test_a_day_begins_also_where_midnight_was_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "<-03>3<-02>,M11.1.0/0,M2.3.0/0")
    time.tzset()
    began = parse_when("2026-11-01", at(2026, 11, 26, 8))
    assert time.localtime(began)[:5] == (2026, 11, 1, 1, 0)
    assert time.localtime(began - 1)[:5] == (2026, 10, 31, 23, 59)


@pytest.mark.parametrize("text", READ)
def test_every_reading_is_quick_and_none_depends_on_spaces_or_case(text: str) -> None:
    assert parse_when(f"  {text.upper()} ", now()) == parse_when(text, now())
