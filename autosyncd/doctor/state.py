"""What the worker itself says: whoever is blocked, failed or offline has a reason and a cure."""

from autosyncd.api.operands import operands
from autosyncd.api.types import Finding
from autosyncd.doctor.subject import Entry


def state_of(entry: Entry) -> Finding:
    """The state of one repository, as `status` has it."""
    status = entry.status
    if status.state in ("blocked", "failed", "offline"):
        why = f"is {status.state}: {status.reason or 'no reason known'}"
        hint = status.last_error.hint if status.last_error else None
        told = hint is not None and hint in why
        return Finding(
            repository=status.name, level="problem", message=why, hint=None if told else hint
        )
    if status.state == "paused":
        cure = f"`autosyncctl resume {operands(status.name)}`"
        return Finding(repository=status.name, level="note", message="is paused", hint=cure)
    return Finding(repository=status.name, level="ok", message=f"is {status.state}")
