"""What went well lately, gathered into one bubble."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from autosyncctl.agent.bubbles import Act, Bubble, Offer
from autosyncctl.words import clean, count
from autosyncd.api.events import Committed, Integrated, Pushed

KEY = "activity"
NAMED = 4
"""Repositories that a bubble names; the others are counted."""

Activity = Committed | Pushed | Integrated


@dataclass(slots=True)
class _Doings:
    commits: int = 0
    subject: str = ""
    unpushed: str | None = None
    pushed: str = ""
    files: int = 0
    remote: str = ""

    def lines(self, name: str) -> Iterator[str]:
        if self.commits:
            said = clean(self.subject.removeprefix(f"{name}: "))
            yield f"Committed: {said}" if self.commits == 1 else f"{self.commits} commits: … {said}"
        if self.pushed:
            yield f"Pushed to {clean(self.pushed)}"
        if self.files:
            yield f"Pulled {count(self.files, 'file')} from {clean(self.remote)}"


@dataclass(slots=True)
class Gathered:
    """Commits, pushes and pulls since the last bubble, by repository."""

    doings: dict[str, _Doings] = field(default_factory=dict)

    def hear(self, event: Activity) -> None:
        """Something went well."""
        doings = self.doings.setdefault(event.repository or "", _Doings())
        match event:
            case Committed(was=str()):
                doings.unpushed = None
            case Committed():
                doings.commits += 1
                doings.subject, doings.unpushed = event.subject, event.commit
            case Pushed():
                doings.pushed, doings.unpushed = f"{event.remote}/{event.branch}", None
            case Integrated():
                doings.files += event.files
                doings.remote = event.remote

    def bubble(self) -> Bubble | None:
        """All of it in one bubble; None if there is nothing to say. Then it is forgotten."""
        doings, self.doings = self.doings, {}
        told = {name: lines for name, one in doings.items() if (lines := list(one.lines(name)))}
        if len(told) == 1:
            ((name, lines),) = told.items()
            return Bubble(KEY, clean(name), "\n".join(lines), offers=_offers(name, doings[name]))
        if not told:
            return None
        body = [f"{clean(name)}: {lines[-1]}" for name, lines in list(told.items())[:NAMED]]
        if len(told) > NAMED:
            body.append(f"and {len(told) - NAMED} more")
        return Bubble(KEY, f"autosync: {len(told)} repositories", "\n".join(body))


def _offers(name: str, doings: _Doings) -> tuple[Offer, ...]:
    return (Offer(Act.DESCRIBE, name, doings.unpushed),) if doings.unpushed else ()
