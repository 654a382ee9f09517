"""Whether the kernel lets this user watch all that is to be watched."""

from collections.abc import Sequence

from autosyncd.api.types import Finding
from autosyncd.doctor.subject import House
from autosyncd.watch.limits import watch_limit

NEARLY = 0.8
"""The share of the limit from which on people are told."""


async def check_watches(house: House) -> Sequence[Finding]:
    """Compare the watches in use with the limit; what could not be watched is a problem."""
    for entry in house.entries:
        if limit := entry.limit:
            name = entry.settings.name
            return (
                Finding(repository=name, level="problem", message=limit.message, hint=limit.hint),
            )
    used, limit_now = sum(entry.status.watches for entry in house.entries), watch_limit()
    said = f"{used} of {limit_now.value} inotify watches are in use ({limit_now.name})"
    if limit_now.value and used > NEARLY * limit_now.value:
        return (
            Finding(repository=None, level="note", message=said, hint=limit_now.raised(2 * used)),
        )
    return (Finding(repository=None, level="ok", message=said),)
