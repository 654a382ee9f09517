"""`remove`: stop watching a repository, and leave it as it is."""

from dataclasses import dataclass

from autosyncd.api.types import RemoveResult
from autosyncd.config.model import RepositorySettings
from autosyncd.errors import AutosyncError
from autosyncd.onboarding.adding import watched_at
from autosyncd.onboarding.entry import Entries
from autosyncd.onboarding.means import Means


@dataclass(frozen=True, slots=True)
class Removing:
    """One `remove`."""

    means: Means
    settings: RepositorySettings

    async def run(self) -> RemoveResult:
        """Take its entry out of the configuration, and follow that; raises AutosyncError."""
        name, path = self.settings.name, self.settings.path
        entries = Entries(self.means)
        config = entries.current(f"remove {name}")
        entry = entries.find(config, path)
        if entry is None and watched_at(config, path):
            raise AutosyncError(
                f"cannot remove {name}: it is named on the command line of autosyncd",
                hint=f"start autosyncd without {path}",
            )
        if entry:
            await entries.take_out(entry, name)
        else:
            await self.means.reload()
        await self.means.forget(path)
        return RemoveResult(name=name, path=str(path), config=str(entry.file) if entry else None)
