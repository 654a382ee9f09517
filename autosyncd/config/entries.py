"""Where in the files of a configuration each repository's entry stands."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from autosyncd.config.files import Reader
from autosyncd.config.model import RepositorySettings
from autosyncd.config.place import Problems
from autosyncd.config.repositories import default_name, settings_of
from autosyncd.config.schema import DROP_IN, TOP
from autosyncd.config.structures import Block, Given
from autosyncd.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Entry:
    """The entry for `path` in `file`: at a line, and in the list counted from 0."""

    file: Path
    line: int
    index: int
    path: Path


def find_entry(
    main: Path | None, path: Path, *, environment: Mapping[str, str], home: Path
) -> Entry | None:
    """The entry of the directory `path` in a configuration, None if it is in no file of it."""
    real = os.path.realpath(path)
    found = _all(main, environment, home) if main else ()
    return next((entry for entry in found if os.path.realpath(entry.path) == real), None)


def read_entry(
    text: str, main: Path | None, *, environment: Mapping[str, str], home: Path
) -> RepositorySettings:
    """The settings that a new file for `autosync.d` with one entry would give, beside `main`.

    Raises ConfigError with what is wrong with it, without places: it is in no file yet.
    """
    reader = Reader(environment, home)
    top = reader.file(main, TOP) if main else None
    before = reader.problems
    reader.problems = Problems()
    block = reader.text(text, DROP_IN)
    try:
        reader.problems.raise_if_any()
    except ConfigError as error:
        raise ConfigError(tuple(_without_place(text) for text in error.problems)) from error
    finally:
        reader.problems = before
    entry: Block = (block or reader.nothing()).get("repositories")[0].value
    defaults = (top or reader.nothing()).block("defaults")
    name = entry.get("name") or default_name(entry.get("path"))
    return settings_of(entry, defaults, name)


def _without_place(problem: str) -> str:
    """A user who wrote `--set settle=soon` knows of no file, line and list."""
    return problem.partition("repositories[0].")[2] or problem


def _all(main: Path, environment: Mapping[str, str], home: Path) -> Iterator[Entry]:
    reader = Reader(environment, home)
    yield from _entries(main, reader.file(main, TOP))
    for file, block in reader.drop_in_files(main):
        yield from _entries(file, block)


def _entries(file: Path, block: Block | None) -> Iterator[Entry]:
    given: tuple[Given, ...] = (block.get("repositories") or ()) if block else ()
    for one in given:
        if "path" in one.value.keys:
            index = int(one.place.steps[-1].strip("[]"))
            yield Entry(file, one.place.line, index, one.value.get("path"))
