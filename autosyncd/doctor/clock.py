"""Whether this machine's clock goes as the servers' do, where they tell it anyway or by ssh."""

import re
import time
from collections.abc import Sequence
from email.utils import parsedate_to_datetime

from autosyncd.api.types import Finding
from autosyncd.core.urls import host_of
from autosyncd.doctor.subject import Subject
from autosyncd.vcs.git.elsewhere import Elsewhere
from autosyncd.watch.limits import as_root

FAR = 60.0
"""Seconds by which two clocks may differ without anybody being told."""

_DATE = re.compile(r"^.*?date: ([A-Z][a-z]{2}, [^\r\n]+GMT)\s*$", re.MULTILINE | re.IGNORECASE)


async def check_clock(subject: Subject) -> Sequence[Finding]:
    """Which of two versions of a file is newer is told by the clocks of two machines."""
    host = host_of(subject.place.url) if subject.place else None
    if subject.place is None or host is None:
        return ()
    theirs = await _time_at(subject.place)
    if theirs is None:
        return ()
    ahead = time.time() - theirs
    if abs(ahead) <= FAR:
        return (subject.ok(f"the clock goes as that of {host}"),)
    way = "ahead of" if ahead > 0 else "behind"
    return (
        subject.problem(
            f"the clock of this machine is {_span(abs(ahead))} {way} that of {host}; which version "
            "of a conflict is newer can't be told so",
            f"set it: `{as_root('timedatectl set-ntp true')}`; or set that of the server",
        ),
    )


async def _time_at(place: Elsewhere) -> float | None:
    """Unix seconds there, None where it does not tell."""
    if place.url.lower().startswith(("http://", "https://")):
        found = _DATE.search(await place.headers())
        return parsedate_to_datetime(found[1]).timestamp() if found else None
    said = await place.shell("date +%s")
    return float(said) if said is not None and re.fullmatch(r"[0-9]{9,11}", said) else None


def _span(seconds: float) -> str:
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 172_800 else f"{seconds / 86400:.0f} days"
