"""Answers of a tool that hold as long as the files it has them from are the same."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from autosyncd.vcs.base import Stamp, stamp

Answering = Literal["head", "files", "programs", "remote_url", "unfinished"]
"""The commands whose answers may be kept."""

SETTLED = 20_000_000
"""How many nanoseconds a file has to be older than now, so that the next change to it shows: the
kernel's clock for them moves every few milliseconds (git's "racy" entries, gitformat-index)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool said when these were the versions of its files."""

    sources: tuple[Stamp, ...]
    text: str


def sources_at(root: Path, names: Sequence[str]) -> tuple[Stamp, ...]:
    """The versions of these files; empty if one of them is not there, or too fresh to tell."""
    try:
        found = tuple(stamp(os.stat(root / name)) for name in names)
    except OSError:
        return ()
    newest = max((max(one[2:]) for one in found), default=0)
    return found if time.time_ns() - newest > SETTLED else ()
