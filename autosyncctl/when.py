"""Moments in the past as people write them: `2h ago`, `yesterday 10:00`, `last monday`, `noon`.

Times of day are those of this machine. What could mean several moments is refused.
"""

import calendar
import math
import re
from datetime import date, datetime, timedelta

from autosyncctl import clock
from autosyncctl.days import read_day
from autosyncctl.localtime import begin_of, local, moment_of
from autosyncd.api.durations import parse_duration

EXAMPLES = "'2h ago', 'yesterday 10:00', 'last monday', '2026-11-20 14:00', '20 nov', 'noon'"

_EARLIEST = 1e8
"""Smaller numbers are no Unix seconds that anybody means."""

_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86400.0),
    **dict.fromkeys(("w", "week", "weeks"), 7 * 86400.0),
}
_IN_MONTHS = {"month": 1, "months": 1, "year": 12, "years": 12}
_NUMBERS = {
    "half an": 0.5,
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
}
_SPAN = re.compile(rf"(?:(\d+(?:\.\d+)?)\s*|\b({'|'.join(_NUMBERS)}) )([a-z]+)")
_WITH_TIME = (
    re.compile(rf"(?P<on>.*?)(?:^|[\s,t]+){clock.FORM}"),
    re.compile(rf"{clock.FORM}\s+(?P<on>.+)"),
)


def parse_when(text: str, now: float) -> float:
    """The moment in Unix seconds; a day alone is its beginning, a time alone the last that was.

    Raises ValueError that says what is wrong, with examples.
    """
    words = " ".join(text.lower().split())
    if (seconds := _unix(words)) is not None:
        return seconds
    try:
        moment = _moment(words, now)
    except (OverflowError, OSError):
        moment = None
    except ValueError as error:
        raise ValueError(f"'{text[:40]}' is no moment: {error}") from error
    if moment is None or moment < 0:
        raise ValueError(f"'{text[:40]}' is no moment that is clear; for example {EXAMPLES}")
    if moment > now + 1:
        raise ValueError(f"'{text[:40]}' is still to come; for example {EXAMPLES}")
    return moment


def _moment(words: str, now: float) -> float | None:
    if words == "now":
        return now
    if (then := _ago(words, now)) is not None:
        return then
    if (day := _day(words, now)) is not None:
        return begin_of(day)
    for form in _WITH_TIME:
        if found := form.fullmatch(words):
            return _at(found, now)
    return None


def _unix(words: str) -> float | None:
    try:
        seconds = float(words)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= _EARLIEST else None


def _ago(words: str, now: float) -> float | None:
    """A length of time before now; the `ago` may be left out."""
    span = words.removesuffix(" ago")
    try:
        return now - parse_duration(span) if re.search("[a-z]", span) else None
    except ValueError:
        parts = _SPAN.findall(span)
    if not parts or re.sub(r",|\band\b|\s", "", _SPAN.sub("", span)):
        return None
    for number, word, unit in parts:
        amount = float(number) if number else _NUMBERS[word]
        if unit in _IN_MONTHS and amount == int(amount):
            now = _months_before(now, int(amount) * _IN_MONTHS[unit])
        elif unit in _UNITS:
            now -= amount * _UNITS[unit]
        else:
            return None
    return now


def _months_before(now: float, months: int) -> float:
    """The same day of an earlier month, or that month's last."""
    shown = local(now)
    year, month = divmod(shown.year * 12 + shown.month - 1 - months, 12)
    if year < 1:
        raise OverflowError
    day = min(shown.day, calendar.monthrange(year, month + 1)[1])
    return shown.replace(year=year, month=month + 1, day=day).timestamp()


def _day(words: str, now: float) -> date | None:
    return read_day(words, local(now).date())


def _at(found: re.Match[str], now: float) -> float | None:
    """A time of day, on a day or the last that was."""
    at = clock.read(found)
    if on := found["on"].strip(" ,"):
        day = _day(on, now) or _day_ago(on, now)
        return None if day is None else moment_of(datetime.combine(day, at))
    today = local(now).date()
    moment = moment_of(datetime.combine(today, at))
    return moment if moment <= now else moment_of(datetime.combine(today - timedelta(days=1), at))


def _day_ago(words: str, now: float) -> date | None:
    """`2 days ago`, with a time of day beside it."""
    if not re.search(r"\b(days?|weeks?|months?|years?)\b", words):
        return None
    then = _ago(words, now)
    return None if then is None else local(then).date()
