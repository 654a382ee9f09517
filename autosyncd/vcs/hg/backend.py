"""Mercurial, as the rest of the daemon finds it."""

import shlex
from pathlib import Path

from autosyncd.errors import NeedsUserError, RetryError, ToolError
from autosyncd.vcs.base import OpenOptions, Repository
from autosyncd.vcs.hg.command import Hg, hg_environment
from autosyncd.vcs.hg.discover import check_version, control_entry, discover
from autosyncd.vcs.hg.layout import Layout
from autosyncd.vcs.hg.repository import HgRepository


class HgBackend:
    """Opens Mercurial working copies."""

    name = "hg"

    def detect(self, path: Path) -> Path | None:
        """The nearest folder around `path` with a `.hg`."""
        control = control_entry(Path(path).resolve())
        return control.parent if control else None

    async def open(self, options: OpenOptions) -> Repository:
        """Open the working copy at `options.path`; raises NeedsUserError."""
        environment = hg_environment(options.environment)
        layout = discover(options.path)
        hg = Hg(layout, environment, options.slots)
        repository = HgRepository(hg, layout, options)
        try:
            await check_version(hg)
            await repository.recover()
        except (RetryError, ToolError) as error:
            await repository.close()
            raise NeedsUserError(error.message, hint=error.hint or _see(layout)) from error
        except BaseException:
            await repository.close()
            raise
        return repository


def _see(layout: Layout) -> str:
    return f"see what `hg -R {shlex.quote(str(layout.root))} verify` says"
