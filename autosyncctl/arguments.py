"""How the words of a command line become numbers; what is wrong is said in argparse's way."""

import time
from argparse import ArgumentTypeError

from autosyncctl.when import parse_when
from autosyncd.api.durations import parse_duration
from autosyncd.api.events import KINDS
from autosyncd.api.near import did_you_mean


def duration(text: str) -> float:
    """Seconds, more than none."""
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error
    if seconds <= 0:
        raise ArgumentTypeError(f"'{text}' is no time at all")
    return seconds


def moment(text: str) -> float:
    """A moment before now, in Unix seconds."""
    try:
        return parse_when(text, time.time())
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


def number(text: str) -> int:
    """A number of things, none or more."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ArgumentTypeError(f"'{text[:40]}' is no number")
    return int(text)


def event_kinds(text: str) -> tuple[str, ...]:
    """Kinds of events, with commas between them."""
    kinds = tuple(text.split(","))
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        meant = did_you_mean(unknown[0], KINDS)
        raise ArgumentTypeError(
            f"'{unknown[0][:40]}' is no kind{meant}; allowed: {', '.join(KINDS)}"
        )
    return kinds
