"""How a host is reached, and whether connections to it are the user's own business."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from autosyncd.core.urls import SshPlace
from autosyncd.errors import AutosyncError
from autosyncd.process import run

LIMIT = 10.0
"""Seconds; what the user's configuration has programs find out (ssh_config(5), Match) counts."""


@dataclass(frozen=True, slots=True)
class Route:
    """With which ssh (text for a shell), in which environment, as whom to which host and port."""

    command: str
    environment: Mapping[str, str]
    place: SshPlace

    @property
    def key(self) -> str:
        """The same only where all of that is: keys and settings can differ by any of it."""
        environment = sorted(
            f"{name}={value}"
            for name, value in self.environment.items()
            if not name.startswith(("GIT_", "AUTOSYNC_"))
        )
        facts = "\0".join((self.command, *self.place.arguments, *environment))
        return hashlib.sha256(facts.encode("utf-8", "surrogateescape")).hexdigest()[:12]

    def argv(self, *options: str) -> tuple[str, ...]:
        """The user's ssh with options of ours; git has a shell split it, too."""
        return ("sh", "-c", f'{self.command} "$@"', "ssh", *options, *self.place.arguments)


async def may_share(route: Route) -> bool:
    """Whether the user leaves to us how connections are shared; asks ssh itself (ssh(1), -G)."""
    try:
        finished = await run(route.argv("-G"), cwd="/", env=route.environment, timeout=LIMIT)
    except AutosyncError:
        return False
    lines = finished.stdout.decode("utf-8", "replace").splitlines()
    settings = dict(line.lower().split(" ", 1) for line in lines if " " in line)
    return (
        not finished.returncode
        and "hostname" in settings
        and "controlpath" not in settings
        and settings.get("controlmaster", "false") == "false"
        and settings.get("forkafterauthentication", "no") == "no"
    )
