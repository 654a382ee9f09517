"""Syncing several repositories of one remote: what one pushes, the others take in as well."""

from collections.abc import Awaitable, Callable, Iterable, Sequence

from autosyncd.api.operands import operands
from autosyncd.api.types import SyncOutcome
from autosyncd.errors import PausedError
from autosyncd.worker.worker import Worker

ROUNDS = 5
"""How often those that lack what others pushed meanwhile are asked again."""

Ask = Callable[[Worker], Awaitable[str | None]]


def unpaused(workers: Sequence[Worker], *, named: bool) -> tuple[Worker, ...]:
    """Those that may be synced; raises PausedError if one that was named is paused."""
    paused = [worker.name for worker in workers if worker.status().state == "paused"]
    if named and paused:
        raise PausedError(
            f"cannot sync {', '.join(paused)}: paused",
            hint=f"`autosyncctl resume {operands(*paused)}`",
        )
    return tuple(worker for worker in workers if worker.name not in paused)


async def sync_all(workers: Sequence[Worker], ask: Ask) -> tuple[SyncOutcome, ...]:
    """Sync side by side; those that share a remote until all have what it has, or say they lack it.

    `ask` begins a sync at once; what it returns is the error, if there was one.
    """
    errors: dict[str, str | None] = {}
    due = workers
    for _ in range(ROUNDS):
        answers = [(worker.name, ask(worker)) for worker in due]
        errors |= {name: await answer for name, answer in answers}
        due = lacking(worker for worker in workers if errors[worker.name] is None)
        if not due:
            break
    for worker in due:
        errors[worker.name] = "what others keep pushing is not here yet"
    return tuple(
        SyncOutcome(
            name=one.name,
            ok=(error := errors[one.name]) is None,
            error=error,
            apart=one.apart if error is None else None,
        )
        for one in workers
    )


def lacking(workers: Iterable[Worker]) -> tuple[Worker, ...]:
    """Those whose last look at a remote found another commit than a later look of another did."""
    newest: dict[tuple[str, str | None], tuple[float, str]] = {}
    seen = []
    for worker in workers:
        status, url = worker.status(), worker.url
        if status.in_step is None or url is None or not worker.settings.pulls:
            continue
        place, look = (url, status.branch), (status.in_step.checked, status.in_step.commit)
        seen.append((worker, place, look))
        newest[place] = max(look, newest.get(place, look))
    return tuple(worker for worker, place, (_, commit) in seen if commit != newest[place][1])
