"""All checks, side by side, each with a limit of its own: one dead remote stalls no other."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence

from autosyncd.api.types import DoctorResult, Finding
from autosyncd.doctor.clock import check_clock
from autosyncd.doctor.disk import check_disk, read_only
from autosyncd.doctor.hooks import check_hooks
from autosyncd.doctor.identity import check_identity
from autosyncd.doctor.large_files import check_large_files
from autosyncd.doctor.opening import is_git, open_for_looking
from autosyncd.doctor.remote import check_remote
from autosyncd.doctor.service import check_service
from autosyncd.doctor.signing import check_signing
from autosyncd.doctor.state import state_of
from autosyncd.doctor.subject import AT_ONCE, Entry, House, Subject
from autosyncd.doctor.watching import check_watches
from autosyncd.errors import AutosyncError

LIMIT = 20.0
"""Seconds that a check may take; ssh gives up after 15."""

Check = Callable[[Subject], Awaitable[Sequence[Finding]]]

CHECKS: tuple[tuple[str, Check], ...] = (
    ("identity", check_identity),
    ("remote", check_remote),
    ("hooks", check_hooks),
    ("signing", check_signing),
    ("disk", check_disk),
    ("clock", check_clock),
    ("large files", check_large_files),
)


async def examine(house: House) -> DoctorResult:
    """Everything that was found, the machine first, then each repository."""
    gate = asyncio.Semaphore(AT_ONCE)
    found = await asyncio.gather(*(_repository(entry, house, gate) for entry in house.entries))
    findings = (
        *(house.channels if house.everything else ()),
        *(await _machine(house) if house.everything else ()),
        *(finding for group in found for finding in group),
    )
    return DoctorResult(
        ok=all(finding.level != "problem" for finding in findings), findings=findings
    )


async def _machine(house: House) -> tuple[Finding, ...]:
    return (*await check_service(house), *await check_watches(house))


async def _repository(entry: Entry, house: House, gate: asyncio.Semaphore) -> tuple[Finding, ...]:
    state = state_of(entry)
    name = entry.settings.name
    if not is_git(entry):
        return (state,)
    try:
        async with gate, asyncio.timeout(LIMIT):
            subject = await open_for_looking(entry, house)
    except TimeoutError:
        return (state, _unanswered(name, "git"))
    except (AutosyncError, OSError) as error:
        return (state, *_unopened(entry, error))
    groups = await asyncio.gather(*(_limited(subject, *check, gate) for check in CHECKS))
    found = tuple(finding for group in groups for finding in group)
    explained = entry.status.state == "offline" and any(one.level == "problem" for one in found)
    return _condensed(name, found if explained else (state, *found))


def _unopened(entry: Entry, error: AutosyncError | OSError) -> tuple[Finding, ...]:
    name, path = entry.settings.name, entry.settings.path
    if path.is_dir() and (finding := read_only(name, path)):
        return (finding,)
    known = entry.status.state == "blocked"
    return () if known else (_failed(name, "open it", error),)


async def _limited(
    subject: Subject, what: str, check: Check, gate: asyncio.Semaphore
) -> Sequence[Finding]:
    try:
        async with gate, asyncio.timeout(LIMIT):
            return await check(subject)
    except TimeoutError:
        return (_unanswered(subject.name, what),)
    except (AutosyncError, OSError) as error:
        return (_failed(subject.name, f"check its {what}", error),)


def _unanswered(name: str, what: str) -> Finding:
    why = f"{what}: no answer within {LIMIT:g} s"
    hint = "see whether its disk and its server answer at all"
    return Finding(repository=name, level="problem", message=why, hint=hint)


def _failed(name: str, what: str, error: AutosyncError | OSError) -> Finding:
    hint = error.hint if isinstance(error, AutosyncError) else None
    return Finding(repository=name, level="problem", message=f"cannot {what}: {error}", hint=hint)


def _condensed(name: str, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """One line for all that is in order, and then the rest, nothing twice."""
    every = tuple(dict.fromkeys(findings))
    right = [finding.message for finding in every if finding.level == "ok"]
    rest = tuple(finding for finding in every if finding.level != "ok")
    if not right:
        return rest
    return (Finding(repository=name, level="ok", message="; ".join(right)), *rest)
