"""What all workers of a daemon share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autosyncd.api.events import Event
from autosyncd.config.model import VcsTable
from autosyncd.core.approval import Approval
from autosyncd.errors import NeedsUserError
from autosyncd.process import Slots
from autosyncd.ssh.connections import Connections
from autosyncd.vcs.base import Backend
from autosyncd.watch.base import Watcher
from autosyncd.watch.mounting import MountEvents
from autosyncd.worker.judged import Judged
from autosyncd.worker.records import UNRECORDED, Records


@dataclass(frozen=True, slots=True)
class Claims:
    """Which worker has which repository: two in one would undo each other's work."""

    _taken: dict[Path, str] = field(default_factory=dict)

    def take(self, root: Path, name: str) -> None:
        """Claim a repository; raises NeedsUserError if another worker has it."""
        holder = self._taken.setdefault(root, name)
        if holder != name:
            raise NeedsUserError(
                f"the repository {root} is already synced as '{holder}'",
                hint="remove one of the two entries, or list their common folder once",
            )

    def release(self, name: str) -> None:
        """Give back what a worker has claimed."""
        for root in [root for root, holder in self._taken.items() if holder == name]:
            del self._taken[root]

    def nested_with(self, root: Path) -> tuple[tuple[str, str], ...]:
        """Pairs of workers, inner and outer, of which one repository lies in the other."""
        mine = self._taken[root]
        others = [(path, name) for path, name in self._taken.items() if path != root]
        inside = [(mine, name) for path, name in others if root.is_relative_to(path)]
        around = [(name, mine) for path, name in others if path.is_relative_to(root)]
        return (*inside, *around)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What all workers of a daemon share; `environment` is that of the daemon.

    `forget_approvals` is told, with the watched path, which were for once. `lost_power_at`: what
    was written before then (Unix seconds) may be damaged. `backends_for`: those with the tables of
    another configuration. `remember` keeps a text under a key also over restarts, `recall` gives
    it back. `judged` are files that were read before there was a worker for them.
    """

    backends: tuple[Backend, ...]
    backends_for: Callable[[Sequence[VcsTable]], tuple[Backend, ...]] | None = None
    watcher: Watcher
    publish: Callable[[Event], None]
    slots: Slots
    connections: Connections = field(default_factory=Connections)
    claims: Claims
    machine: str
    host: str
    user: str
    environment: Mapping[str, str]
    forget_approvals: Callable[[Path, frozenset[Approval]], None] = lambda _path, _spent: None
    recall: Callable[[str], str | None] = lambda _key: None
    remember: Callable[[str, str], None] = lambda _key, _value: None
    lost_power_at: float | None = None
    records: Records = UNRECORDED
    mounted: MountEvents = field(default_factory=MountEvents)
    judged: Judged = field(default_factory=Judged)
