"""What the user can let through that is held, and why it is held."""

from dataclasses import dataclass
from enum import Enum


class Reason(Enum):
    """Why something waits for the user; the values are stored in the journal."""

    LARGE = "large"
    CONFIDENTIAL = "confidential"
    EMPTIED = "emptied"
    DELETED = "deleted"
    AWAY = "away"
    MOUNTED = "mounted"


@dataclass(frozen=True, slots=True)
class Approval:
    """The user wants this path committed in spite of the reason; relative to the root."""

    path: bytes
    reason: Reason
