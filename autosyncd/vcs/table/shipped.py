"""The tables that come with autosync, and those of the configuration as backends."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from autosyncd.config.files import Reader
from autosyncd.config.model import VcsTable
from autosyncd.config.sections import tools
from autosyncd.config.structures import Key, Section
from autosyncd.config.table_checks import check_tools
from autosyncd.config.tools import TOOLS
from autosyncd.vcs.table.backend import TableBackend

_FILE = Section((Key("vcs", TOOLS, "", "one table", required=True),))


def shipped_tables() -> tuple[VcsTable, ...]:
    """All shipped tables, in the order of their names; they are checked like users' own."""
    folder = files("autosyncd.vcs") / "tables"
    reader = Reader({}, Path("/"))
    found: list[VcsTable] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".yaml"):
            block = reader.file(Path(str(entry)), _FILE)
            if block is not None:
                check_tools(block.block("vcs"))
                found += tools(block.block("vcs"))
    reader.problems.raise_if_any()
    return tuple(found)


def table_backends(own: Sequence[VcsTable]) -> tuple[TableBackend, ...]:
    """A backend for each table; a user's table takes the place of a shipped one of its name."""
    tables = {table.name: table for table in (*shipped_tables(), *own)}
    return tuple(TableBackend(table) for table in tables.values())
