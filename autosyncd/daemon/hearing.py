"""From what channels hear to the inboxes of the workers, at a rate that no flood can exceed."""

from collections import deque
from functools import partial

from autosyncd.channels.base import Heard
from autosyncd.core.allowance import Allowance
from autosyncd.core.messages import printable
from autosyncd.core.peers import allowed
from autosyncd.daemon.crew import Crew
from autosyncd.daemon.directory import Directory
from autosyncd.daemon.gate import Gate
from autosyncd.worker.inbox import PushHeard, RefreshAsked
from autosyncd.worker.worker import Worker

KNOWN = Allowance(burst=5, interval=2.0)
"""How often one authenticated machine can make one repository ask its remote."""

UNKNOWN = Allowance(burst=3, interval=10.0)
"""How often all those together can who have not shown who they are, for each channel."""

REFRESH = Allowance(burst=2, interval=30.0)
"""How often one channel can have one repository looked at for what may have been missed."""

GATES_LIMIT = 10_000
"""Beyond so many, senders share their limits."""

COMMITS_KEPT = 50
"""Commits of each repository that are known to be here, so that repetitions cost nothing."""

SENDER_WIDTH = 100
COMMIT_WIDTH = 64


class Hearing:
    """Passes on what was heard to the workers that it concerns."""

    def __init__(self, crew: Crew, directory: Directory, machine: str) -> None:
        self._crew = crew
        self._directory = directory
        self._machine = machine
        self._here: dict[str, deque[str]] = {}
        self._gates: dict[tuple[str, ...], Gate] = {}

    def here(self, repository: str, commit: str) -> None:
        """That commit is at the remote, and in the repository here."""
        self._here.setdefault(repository, deque(maxlen=COMMITS_KEPT)).append(commit)

    def keep(self, names: frozenset[str]) -> None:
        """All other repositories are gone."""
        self._here = {name: commits for name, commits in self._here.items() if name in names}
        for key in [key for key in self._gates if key[0] not in names]:
            self._gates.pop(key).close()

    def heard(self, heard: Heard) -> bool:
        """Somebody pushed; returns whether a repository here is meant."""
        if heard.sender == self._machine:
            return True
        names = self._directory.find(heard)
        for name in names:
            worker = self._crew.get(name)
            if worker and _listens(worker, heard.channel) and not self._is_here(name, heard.commit):
                self._pass_on(worker, heard)
        return bool(names)

    def refresh(self, channel: str) -> None:
        """That channel may have missed something."""
        for worker in self._crew:
            if _listens(worker, channel):
                gate = self._gate((worker.name, channel, "refresh"), REFRESH)
                gate.offer(partial(worker.post, RefreshAsked()))

    def close(self) -> None:
        """Forget what waits."""
        self.keep(frozenset())

    def _pass_on(self, worker: Worker, heard: Heard) -> None:
        sender = printable(heard.sender.encode("utf-8", "replace"))[:SENDER_WIDTH]
        key: tuple[str, ...] = (worker.name, heard.channel, "from", sender)
        if not heard.authenticated or (key not in self._gates and len(self._gates) > GATES_LIMIT):
            key = (worker.name, heard.channel, "from")
        allowance = KNOWN if heard.authenticated else UNKNOWN
        message = PushHeard(heard.channel, sender, _plausible(heard.commit), _peer(worker, heard))
        self._gate(key, allowance).offer(partial(worker.post, message))

    def _gate(self, key: tuple[str, ...], allowance: Allowance) -> Gate:
        return self._gates.setdefault(key, Gate(allowance))

    def _is_here(self, name: str, commit: str | None) -> bool:
        return commit is not None and commit in self._here.get(name, ())


def _listens(worker: Worker, channel: str) -> bool:
    return worker.settings.pulls and worker.settings.uses(channel)


def _peer(worker: Worker, heard: Heard) -> str | None:
    """Where the objects may be fetched from, as far as the configuration lets us."""
    url, peers = heard.peer_url, worker.settings.peers
    return url if url and allowed(peers, url, authenticated=heard.authenticated) else None


def _plausible(commit: str | None) -> str | None:
    """A revision of any tool, but nothing that would be in the way when it is shown."""
    fits = commit and len(commit) <= COMMIT_WIDTH and commit.isascii() and commit.isalnum()
    return commit if fits else None
