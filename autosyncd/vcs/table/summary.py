"""The tables of a configuration in words, for `autosyncd --check`."""

import shutil
from collections.abc import Sequence
from dataclasses import fields

from autosyncd.config.model import Commands, VcsTable

_COMMANDS = tuple(one.name for one in fields(VcsTable) if one.type == Commands)


def summary(table: VcsTable, path: str | None) -> str:
    """One line: what marks a repository, which commands there are, and which programs are not."""
    given = [name for name in _COMMANDS if getattr(table, name)]
    programs = dict.fromkeys(argv[0] for name in given for argv in getattr(table, name))
    line = f"vcs.{table.name}: marked by {table.detect}; {', '.join(given)}"
    if missing := [name for name in programs if shutil.which(name, path=path) is None]:
        line += f"; there is no program {', '.join(missing)} yet"
    return line


def summaries(tables: Sequence[VcsTable], path: str | None) -> tuple[str, ...]:
    """A line for each table."""
    return tuple(summary(table, path) for table in tables)
