"""What could keep syncing from working, found without changing anything."""

from autosyncd.api.types import DoctorResult, Finding, RepositoryStatus
from autosyncd.config.model import Config


def examine(
    config: Config,
    repositories: tuple[RepositoryStatus, ...],
    channels: tuple[Finding, ...] = (),
) -> DoctorResult:
    """All findings: what is configured and not built yet, what the `channels` and each repository
    suffer from."""
    notes = tuple(
        Finding(repository=None, level="note", message=sentence)
        for sentence in config.not_built_yet
    )
    findings = (*notes, *channels, *(_repository(status) for status in repositories))
    return DoctorResult(
        ok=all(finding.level != "problem" for finding in findings), findings=findings
    )


def _repository(status: RepositoryStatus) -> Finding:
    if status.state not in ("blocked", "failed", "offline"):
        return Finding(repository=status.name, level="ok", message=f"is {status.state}")
    return Finding(
        repository=status.name,
        level="problem",
        message=f"is {status.state}: {status.reason or 'no reason known'}",
        hint=status.last_error.hint if status.last_error else None,
    )
