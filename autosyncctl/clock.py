"""Times of day as people write them: `14:05`, `2pm`, `noon`, `02:30+01:00`."""

import re
from datetime import time

from autosyncctl.localtime import zone

_WORDS = {"noon": time(12), "midday": time(12), "midnight": time(0)}

FORM = (
    r"(?:at )?(?:"
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?:\s*(?P<half>[ap])\.?m\.?)?"
    r"(?:\s*(?P<zone>z|utc|[+-]\d\d(?::?\d\d)?))?"
    r"|(?P<only_hour>\d{1,2})\s*(?P<its_half>[ap])\.?m\.?"
    rf"|(?P<word>{'|'.join(_WORDS)}))"
)
"""A regular expression; what it finds is for `read`."""


def read(found: re.Match[str]) -> time:
    """The time of day, with the zone if there is one; raises ValueError if there is none such."""
    if found["word"]:
        return _WORDS[found["word"]]
    hour = int(found["hour"] or found["only_hour"])
    half = found["half"] or found["its_half"]
    if half and not 1 <= hour <= 12:
        raise ValueError(f"there is no {hour} {half}m")
    if half:
        hour = hour % 12 + 12 * (half == "p")
    offset = zone(found["zone"]) if found["zone"] else None
    try:
        return time(hour, int(found["minute"] or 0), int(found["second"] or 0), tzinfo=offset)
    except ValueError as error:
        raise ValueError(f"there is no such time: {error}") from error
