"""What onboarding needs of the daemon."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from autosyncd.api.types import SyncOutcome
from autosyncd.config.model import Config
from autosyncd.worker.surroundings import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """`read_config` reads the files anew, `reload` lets the daemon follow them.

    `sync` waits until the named repository is in step or has said why not; `forget` drops what
     was to outlive a restart about a watched path; `tell` says what is being done just now.
    """

    around: Surroundings
    read_config: Callable[[], Config]
    reload: Callable[[], Awaitable[object]]
    sync: Callable[[str], Awaitable[SyncOutcome]]
    forget: Callable[[Path], Awaitable[None]]
    tell: Callable[[str], None]
    home: Path
