"""What a bubble says and offers."""

from dataclasses import dataclass
from enum import Enum


class Act(Enum):
    """What a button does; the value is what it says."""

    DESCRIBE = "Describe…"
    SHOW = "Show conflict"
    RETRY = "Retry"
    PAUSE = "Pause 1 h"
    APPROVE = "Approve deletion"


@dataclass(frozen=True, slots=True)
class Offer:
    """A button: what to do, with which repository, and with which commit of it."""

    act: Act
    repository: str
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class Bubble:
    """A bubble takes the place of the one with the same key.

    One that `stays` is there until the user closes it. The first of the `offers` is what a click on
    the bubble itself does, unless that would be rash. Plain text, no markup.
    """

    key: str
    title: str
    body: str
    stays: bool = False
    offers: tuple[Offer, ...] = ()
