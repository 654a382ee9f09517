"""From what clocks on the wall showed to Unix seconds, also in the nights when they are set."""

import time
from datetime import UTC, date, datetime, timedelta, timezone


def local(moment: float) -> datetime:
    """What the clock showed then, in the zone of this machine."""
    return datetime.fromtimestamp(moment)  # noqa: DTZ006 - local time is what is meant


def begin_of(day: date) -> float:
    """The first moment of a day; where the clocks skipped midnight, the first there was."""
    return datetime(day.year, day.month, day.day).timestamp()  # noqa: DTZ001 - local time


def moment_of(shown: datetime) -> float:
    """When the clock showed this; with an offset, that is told already.

    Raises ValueError where it never did, or did twice.
    """
    if shown.tzinfo is not None:
        return shown.timestamp()
    first, second = shown.replace(fold=0).timestamp(), shown.replace(fold=1).timestamp()
    text = f"{shown:%Y-%m-%d %H:%M}"
    if local(first) != shown:
        raise ValueError(f"{text} never was: the clocks were set forward")
    if first != second:
        ways = " or ".join(f"'{text}{_offset(moment)}'" for moment in (first, second))
        raise ValueError(f"{text} was twice: the clocks were set back; write {ways}")
    return first


def zone(text: str) -> timezone:
    """The zone of `Z`, `UTC`, `+02:00`, `+0200`."""
    if text.upper() in ("Z", "UTC"):
        return UTC
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0)))


def _offset(moment: float) -> str:
    digits = time.strftime("%z", time.localtime(moment))
    return f"{digits[:3]}:{digits[3:]}"
