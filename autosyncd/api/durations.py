"""Durations as people write them, in configurations and on command lines."""

import math
import re

ALLOWED = "allowed: 500ms, 5s, 2m, 1h, 1d or a number of seconds"

LONGEST = 36_500 * 86_400
"""A hundred years in seconds: more is a slip, and would overflow clocks further on."""

_MILLISECONDS = {"ms": 1, "": 1000, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_FORM = re.compile(r"([0-9]+(?:\.[0-9]+)?|\.[0-9]+)(ms|s|m|h|d|)")
_LOOSE_FORM = re.compile(r"([0-9.]+)\s*([a-z]+)")
_LOOSE_UNITS = {
    "ms": ("msec", "msecs", "millisecond", "milliseconds"),
    "s": ("sec", "secs", "second", "seconds"),
    "m": ("min", "mins", "minute", "minutes"),
    "h": ("hr", "hrs", "hour", "hours"),
    "d": ("day", "days"),
}


def parse_duration(text: str | int | float) -> float:
    """The seconds in `500ms`, `5s`, `2m`, `1h`, `1d` or a plain number of seconds.

    Raises ValueError that says what is wrong and what is allowed.
    """
    seconds = _read(text) if isinstance(text, str) else text
    if isinstance(seconds, bool) or (isinstance(seconds, float) and math.isnan(seconds)):
        raise ValueError(f"'{text}' is not a duration; {ALLOWED}")
    if seconds < 0:
        raise ValueError(f"{text} is negative; {ALLOWED}")
    if seconds > LONGEST:
        raise ValueError(f"{_short(str(text))} is longer than a hundred years; {ALLOWED}")
    return float(seconds)


def _read(text: str) -> float:
    found = _FORM.fullmatch(text.removeprefix("-"))
    if not found:
        raise ValueError(f"'{_short(text)}' is not a duration; {ALLOWED}{_suggestion(text)}")
    seconds = float(found[1]) * _MILLISECONDS[found[2]] / 1000
    return -seconds if text.startswith("-") else seconds


def _suggestion(text: str) -> str:
    found = _LOOSE_FORM.fullmatch(text.strip().lower())
    if not found:
        return ""
    for unit, others in _LOOSE_UNITS.items():
        if found[2] == unit or found[2] in others:
            return f" (did you mean {found[1]}{unit}?)"
    return ""


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
