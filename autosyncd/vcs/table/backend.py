"""A tool that a table describes, as the rest of the daemon finds it."""

import os
from pathlib import Path

from autosyncd.config.model import VcsTable
from autosyncd.errors import NeedsUserError
from autosyncd.vcs.base import OpenOptions, Repository
from autosyncd.vcs.table.absent import check_program
from autosyncd.vcs.table.repository import TableRepository
from autosyncd.vcs.table.tool import Tool


class TableBackend:
    """Opens working copies of one tool."""

    def __init__(self, table: VcsTable) -> None:
        self.table = table
        self.name = table.name

    def detect(self, path: Path) -> Path | None:
        """The nearest folder, at `path` or around it, that has the table's `detect`."""
        real = path.resolve()
        try:
            return next(
                (one for one in (real, *real.parents) if os.path.lexists(one / self.table.detect)),
                None,
            )
        except OSError:
            return None

    async def open(self, options: OpenOptions) -> Repository:
        """Open the working copy at `options.path`; raises NeedsUserError."""
        if not options.path.is_dir():
            raise NeedsUserError(
                f"there is no folder {options.path}",
                hint="make or mount it, or remove it from autosync.yaml",
            )
        root = self.detect(options.path)
        if root is None:
            raise NeedsUserError(
                f"{options.path} is no {self.name} working copy",
                hint=f"there is no {self.table.detect} in it or around it; make it one",
            )
        check_program(self.name, self.table.status[0][0], options.environment.get("PATH"))
        below = os.fsencode(options.path.resolve().relative_to(root))
        tool = Tool(self.table, options.environment, options.slots)
        repository = TableRepository(tool, root, b"" if below == b"." else below, options)
        await repository.recall()
        return repository
