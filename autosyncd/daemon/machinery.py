"""The parts that a daemon runs on, as who builds it hands them over."""

from collections.abc import Callable
from dataclasses import dataclass

from autosyncd.bus import Bus
from autosyncd.channels.available import build as build_channel
from autosyncd.config.model import Config
from autosyncd.daemon.channel_set import Build
from autosyncd.host.systemd import ServiceManager
from autosyncd.journal import Journal
from autosyncd.supervisor import Supervisor


@dataclass(frozen=True, slots=True, kw_only=True)
class Machinery:
    """The parts that a daemon runs on."""

    bus: Bus
    journal: Journal
    supervisor: Supervisor
    manager: ServiceManager
    read_config: Callable[[], Config]
    build_channel: Build = build_channel
