"""Adding, cloning and removing, one at a time for each folder."""

import asyncio
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from autosyncd.api.types import AddResult, RemoveResult
from autosyncd.config.model import RepositorySettings
from autosyncd.errors import AutosyncError
from autosyncd.onboarding.adding import Adding
from autosyncd.onboarding.cloning import Cloning
from autosyncd.onboarding.folder import check_folder, checked
from autosyncd.onboarding.means import Means
from autosyncd.onboarding.remotes import check_url
from autosyncd.onboarding.removing import Removing


class Onboarding:
    """What brings repositories under autosync, and takes them out again."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._busy: set[str] = set()

    async def add(
        self, path: str, remote: str | None, wishes: Mapping[str, str], *, dry_run: bool
    ) -> AddResult:
        """Put a folder under autosync; raises AutosyncError with everything as it was."""
        folder = checked(path, "add")
        url = None if remote is None else check_url(remote)
        await asyncio.to_thread(check_folder, folder)
        with self._alone(folder):
            return await Adding(self._means, folder, url, wishes).run(dry_run=dry_run)

    async def clone(self, url: str, path: str, wishes: Mapping[str, str]) -> AddResult:
        """Clone a remote into a new folder and put that under autosync."""
        folder = checked(path, "clone into")
        with self._alone(folder):
            return await Cloning(self._means, check_url(url), folder, wishes).run()

    async def remove(self, settings: RepositorySettings) -> RemoveResult:
        """Stop watching a repository."""
        with self._alone(settings.path):
            return await Removing(self._means, settings).run()

    @contextmanager
    def _alone(self, path: Path) -> Iterator[None]:
        real = os.path.realpath(path)
        if real in self._busy:
            raise AutosyncError(
                f"cannot do that: {path} is being added or removed just now",
                hint="wait for it; `autosyncctl status` shows it then",
            )
        self._busy.add(real)
        try:
            yield
        finally:
            self._busy.discard(real)
