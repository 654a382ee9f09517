"""Other machines from which objects can be fetched, and how often those are tried that fail."""

import random
from collections import OrderedDict
from dataclasses import dataclass

from autosyncd.core.backoff import Backoff
from autosyncd.core.urls import told_url
from autosyncd.errors import OfflineError, ToolError
from autosyncd.vcs.base import Repository
from autosyncd.worker.memory import Offer, loop_clock
from autosyncd.worker.report import Report

RETRIES = Backoff(base=60.0, cap=600.0)
"""A peer that is not there costs 2 s each time: it must not with each push."""

REMEMBERED = 50


@dataclass(frozen=True, slots=True)
class _Failing:
    backoff: Backoff
    until: float


class Peers:
    """Takes what was offered, as far as that is quick."""

    def __init__(self, repository: Repository, report: Report) -> None:
        self._repository = repository
        self._report = report
        self._failing: OrderedDict[str, _Failing] = OrderedDict()

    async def take(self, offer: Offer) -> None:
        """Fetch what a peer offers; whatever goes wrong, the remote has it, too."""
        failing = self._failing.get(offer.url)
        if failing and loop_clock() < failing.until:
            return
        shown = told_url(offer.url, "/")
        try:
            if await self._repository.take_from_peer(offer.url, offer.commit):
                self._report.peer(shown, f"{offer.commit[:12]} came straight from there")
        except (OfflineError, ToolError) as error:
            if not failing:
                self._report.peer(shown, f"{error.message}; the remote is asked instead")
            self._fail(offer.url, failing)
        else:
            self._failing.pop(offer.url, None)

    def _fail(self, url: str, failing: _Failing | None) -> None:
        backoff = (failing.backoff if failing else RETRIES).failed()
        delay = backoff.delay(random.random())  # noqa: S311 - no secret
        self._failing[url] = _Failing(backoff, loop_clock() + delay)
        self._failing.move_to_end(url)
        if len(self._failing) > REMEMBERED:
            self._failing.popitem(last=False)
