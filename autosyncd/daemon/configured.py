"""The configuration that the daemon goes by, and how it goes over to another one."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from autosyncd.api.types import ReloadResult
from autosyncd.config.model import Config
from autosyncd.errors import AutosyncError, ConfigError

log = logging.getLogger(__name__)

Apply = Callable[[Config], Awaitable[ReloadResult]]
Tell = Callable[[str, str | None], None]


class Configured:
    """The configuration in force; one reload at a time."""

    def __init__(
        self, config: Config, read: Callable[[], Config], apply: Apply, tell: Tell
    ) -> None:
        self.now = config
        self._read = read
        self._apply = apply
        self._tell = tell
        self._lock = asyncio.Lock()

    @property
    def wants_bubbles(self) -> bool:
        """Whether any repository gets any bubbles."""
        wishes = (one.notify or self.now.desktop for one in self.now.repositories)
        return any(wish != "none" for wish in wishes)

    async def reload(self) -> ReloadResult:
        """Read the configuration again and go over to it.

        Raises ConfigError, and then nothing has changed.
        """
        async with self._lock:
            try:
                config = self._read()
            except AutosyncError as error:
                self._tell("not reloaded", error.line())
                raise
            self.now = config
            result = await self._apply(config)
        self._tell("reloaded", _summary(result))
        return result

    async def reload_quietly(self) -> None:
        """Reload for nobody who waits for an answer; what goes wrong is in the log."""
        try:
            await self.reload()
        except ConfigError as error:
            for problem in error.problems:
                log.error("%s", problem)
        except AutosyncError as error:
            log.error("cannot reload: %s", error.line())


def _summary(result: ReloadResult) -> str:
    parts = [
        f"{word} {', '.join(names)}"
        for word, names in (
            ("added", result.added),
            ("changed", result.changed),
            ("removed", result.removed),
        )
        if names
    ]
    return "; ".join(parts) or "nothing changed"
