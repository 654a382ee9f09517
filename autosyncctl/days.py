"""Days in the past as people write them: `yesterday`, `last monday`, `2026-11-20`, `20 nov`."""

import re
from datetime import date, timedelta

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
)
_ISO = re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})")
_FORMS = (
    re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})?"),
    re.compile(
        r"(?:the )?(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?(?: of)? (?P<name>[a-z]+),?"
        r"(?: (?P<year>\d{4}))?"
    ),
    re.compile(r"(?P<name>[a-z]+) (?P<day>\d{1,2})(?:st|nd|rd|th)?(?:,? (?P<year>\d{4}))?"),
)
_SLASHES = re.compile(r"\d{1,2}[-/]\d{1,2}([-/]\d{2,4})?")


def read_day(words: str, today: date) -> date | None:
    """The day that lower-case words mean, None if they mean none.

    A weekday is the last that was, today only without `last`; a day without its year is, too.
    Raises ValueError where it could be several, or is in no calendar.
    """
    words = words.removeprefix("on ")
    if words in ("today", "yesterday"):
        return today - timedelta(days=words == "yesterday")
    return _weekday(words, today) or _date(words, today)


def _weekday(words: str, today: date) -> date | None:
    name = words.removeprefix("last ")
    found = [number for number, day in enumerate(_DAYS) if name in (day, day[:3])]
    if not found:
        return None
    back = (today.weekday() - found[0]) % 7
    return today - timedelta(days=back or 7 * words.startswith("last "))


def _date(words: str, today: date) -> date | None:
    if found := _ISO.fullmatch(words):
        return _checked(int(found["year"]), int(found["month"]), int(found["day"]))
    for form in _FORMS:
        if found := form.fullmatch(words):
            return _in_its_year(found, today)
    if _SLASHES.fullmatch(words):
        raise ValueError("which is the day and which the month? write 2026-11-20, or 20 nov 2026")
    return None


def _in_its_year(found: re.Match[str], today: date) -> date | None:
    parts = found.groupdict()
    month = int(parts["month"]) if "month" in parts else _month(parts["name"])
    if month is None:
        return None
    day = int(parts["day"])
    if parts["year"]:
        return _checked(int(parts["year"]), month, day)
    return _checked(today.year - ((month, day) > (today.month, today.day)), month, day)


def _month(name: str) -> int | None:
    fits = [n for n, month in enumerate(_MONTHS, 1) if len(name) > 2 and month.startswith(name)]
    return fits[0] if len(fits) == 1 else None


def _checked(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise ValueError(f"there is no day {year}-{month:02}-{day:02}") from error
