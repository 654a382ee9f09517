"""git, as the rest of the daemon finds it."""

from pathlib import Path

from autosyncd.vcs.base import OpenOptions, Repository
from autosyncd.vcs.git.discover import control_entry, discover
from autosyncd.vcs.git.head_file import mend_head
from autosyncd.vcs.git.repository import GitRepository
from autosyncd.vcs.git.settings import ConfigReader
from autosyncd.vcs.git.unsupported import check_complete


class GitBackend:
    """Opens git working copies."""

    name = "git"

    def detect(self, path: Path) -> Path | None:
        """The nearest folder around `path` with a `.git`."""
        control = control_entry(Path(path).resolve())
        return control.parent if control else None

    async def open(self, options: OpenOptions) -> Repository:
        """Open the working copy at `options.path`; raises NeedsUserError."""
        control = control_entry(options.path.resolve())
        head = mend_head(control) if control else None
        git, layout = await discover(options.path, options.slots, options.environment)
        config = ConfigReader(git, layout)
        check_complete(await config.read(), layout)
        repository = GitRepository(git, layout, options, config)
        await repository.recover()
        if head:
            repository.mended = (head, *repository.mended)
        return repository
