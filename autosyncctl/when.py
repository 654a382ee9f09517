"""Moments in the past, as people write them after `--since`."""

import math
import time
from collections.abc import Iterator

from autosyncd.api.durations import parse_duration

ALLOWED = "allowed: 2h (ago), 2025-12-31, 2025-12-31 14:05, 14:05, or Unix seconds"

_DATES = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")
_TIMES = ("%H:%M", "%H:%M:%S")


def parse_when(text: str, now: float) -> float:
    """The moment in Unix seconds; times of day are local ones, and the last that was.

    Raises ValueError that says what is allowed.
    """
    for moment in _readings(text, now):
        if moment is not None:
            return moment
    raise ValueError(f"{text[:40]!r} is no moment; {ALLOWED}")


def _readings(text: str, now: float) -> Iterator[float | None]:
    yield _unix(text)
    yield _ago(text, now)
    yield _date(text)
    yield _time_of_day(text, now)


def _unix(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None


def _ago(text: str, now: float) -> float | None:
    try:
        return now - parse_duration(text)
    except ValueError:
        return None


def _date(text: str) -> float | None:
    found = _read(text, _DATES)
    return None if found is None else _local(found)


def _time_of_day(text: str, now: float) -> float | None:
    found = _read(text, _TIMES)
    if found is None:
        return None
    today = time.localtime(now)
    for days in (0, 1):
        day = (today.tm_year, today.tm_mon, today.tm_mday - days)
        # mktime carries a day 0 over into the month before.
        moment = time.mktime((*day, found.tm_hour, found.tm_min, found.tm_sec, 0, 0, -1))
        if moment <= now:
            break
    return moment


def _read(text: str, forms: tuple[str, ...]) -> time.struct_time | None:
    for form in forms:
        try:
            return time.strptime(text, form)
        except ValueError:
            continue
    return None


def _local(moment: time.struct_time) -> float | None:
    try:
        return time.mktime(moment)
    except OverflowError:
        return None
