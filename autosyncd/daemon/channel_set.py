"""The channels that run: started, changed, ended, and what they say of themselves."""

import asyncio
import logging
from collections.abc import Callable, Iterator

from autosyncd.api import types as api
from autosyncd.channels.available import Settings, configured
from autosyncd.channels.base import Channel, Condition, Link
from autosyncd.config.model import ChannelSettings
from autosyncd.supervisor import Supervisor

log = logging.getLogger(__name__)

END_LIMIT = 3.0
"""Seconds in which a channel takes its leave."""

Build = Callable[[Settings, Link], Channel | None]


class _Running:
    """A channel under the name that the supervisor knows it by: repositories have names, too."""

    def __init__(self, channel: Channel, settings: Settings) -> None:
        self.channel = channel
        self.settings = settings
        self.name = f"channel {channel.name}"
        self.crash: Condition | None = None

    async def run(self) -> None:
        self.crash = None
        await self.channel.run()

    def stale(self, wish: Settings | None) -> bool:
        return wish != self.settings or self.condition.needs_user

    @property
    def condition(self) -> Condition:
        return self.crash or self.channel.status()


class ChannelSet:
    """All channels that are configured."""

    def __init__(
        self, supervisor: Supervisor, build: Build, link_for: Callable[[str], Link]
    ) -> None:
        self._supervisor = supervisor
        self._build = build
        self._link_for = link_for
        self._running: dict[str, _Running] = {}

    def __iter__(self) -> Iterator[Channel]:
        return iter([running.channel for running in self._running.values()])

    async def apply(self, settings: ChannelSettings) -> None:
        """Go over to these channels; those whose settings stayed the same do not notice, unless
        they wait for the user: what they wait for may be done now."""
        after = configured(settings)
        gone = [n for n, one in self._running.items() if one.stale(after.get(n))]
        await asyncio.gather(*(self._end(name) for name in gone))
        self.start(settings)

    def start(self, settings: ChannelSettings) -> None:
        """Start those that do not run yet."""
        for name, wish in configured(settings).items():
            if name not in self._running and (channel := self._build(wish, self._link_for(name))):
                self._running[name] = running = _Running(channel, wish)
                self._supervisor.start(running)

    async def close(self) -> None:
        """End all."""
        await asyncio.gather(*(self._end(name) for name in tuple(self._running)))

    async def _end(self, name: str) -> None:
        running = self._running.pop(name)
        try:
            async with asyncio.timeout(END_LIMIT):
                await self._supervisor.cancel(running.name)
        except TimeoutError:
            log.warning("%s did not end within %g s and is left behind", running.name, END_LIMIT)

    def crashed(self, service: str, error: Exception, retry_in: float | None) -> None:
        """The supervisor tells that a service raised; not all of them are channels."""
        for running in self._running.values():
            if running.name == service:
                text = " ".join(f"{type(error).__name__}: {error}".split())
                when = "given up" if retry_in is None else f"restarts in {retry_in:.0f} s"
                detail = f"the channel crashed ({text}), {when}"
                running.crash = Condition(connected=False, detail=detail)

    def status(self) -> tuple[api.Channel, ...]:
        """As `status` shows them."""
        return tuple(
            api.Channel(
                name=name,
                connected=condition.connected,
                detail=condition.detail,
                hint=condition.hint if condition.needs_user else None,
            )
            for name, condition in self._conditions()
        )

    def findings(self) -> tuple[api.Finding, ...]:
        """As `doctor` shows them."""
        return tuple(_finding(name, condition) for name, condition in self._conditions())

    def _conditions(self) -> Iterator[tuple[str, Condition]]:
        return ((name, running.condition) for name, running in self._running.items())


def _finding(name: str, condition: Condition) -> api.Finding:
    if condition.connected:
        message = f"channel {name} is connected: {condition.detail}"
        return api.Finding(repository=None, level="ok", message=message)
    message = f"channel {name} is not connected: {condition.detail}"
    return api.Finding(repository=None, level="problem", message=message, hint=condition.hint)
