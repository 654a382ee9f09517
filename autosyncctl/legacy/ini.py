"""Reads an INI file as Python 2's RawConfigParser did, which the program of 2011 used.

Source: the documentation and behaviour of Python 2.7's ConfigParser: no `%` interpolation,
indented lines continue a value, ` ;` begins a comment in a key's own line, the last of several
equal keys wins, keys are lower case and sections are not, `[DEFAULT]` counts for all sections.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from autosyncd.errors import AutosyncError

_SECTION = re.compile(r"\[([^]]+)\]")
_OPTION = re.compile(r"([^:=\s][^:=]*?)\s*[:=]\s*(.*)")
_DEFAULT = "DEFAULT"


@dataclass(frozen=True, slots=True)
class Value:
    """A value, its lines joined by newlines, and the line of its key."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Note:
    """Something the user should know of a file; `line` 0 is the file as a whole."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}" if self.line else f"{self.file}: {self.text}"


@dataclass(slots=True)
class Ini:
    """A parsed file: its sections with their keys, and what was odd about it."""

    file: str
    sections: dict[str, dict[str, Value]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def section(self, name: str) -> Mapping[str, Value]:
        """The keys of a section, those of [DEFAULT] included."""
        return {**self.sections.get(_DEFAULT, {}), **self.sections.get(name, {})}

    def note(self, line: int, text: str) -> None:
        """Remember something for the user."""
        self.notes.append(Note(self.file, line, text))


def parse(text: str, file: str) -> Ini:
    """The file's content; raises AutosyncError if it is no INI file."""
    reader = _Reader(Ini(file))
    lines = re.split(r"\r\n|\r|\n", text)
    for number, line in enumerate(lines, 1):
        reader.read(line, number)
    return reader.ini


class _Reader:
    """Reads line after line; `_key` is the key that an indented line continues."""

    def __init__(self, ini: Ini) -> None:
        self.ini = ini
        self._keys: dict[str, Value] | None = None
        self._key: str | None = None

    def read(self, line: str, number: int) -> None:
        if not line.strip() or line[0] in "#;" or _is_remark(line):
            return
        if line[0].isspace() and self._keys is not None and self._key:
            self._continue(line)
        elif section := _SECTION.match(line):
            self._keys = self.ini.sections.setdefault(section[1], {})
            self._key = None
        elif self._keys is None:
            raise AutosyncError(
                f"cannot import {self.ini.file}: line {number} stands before any [section]",
                hint="only the autosync of 2011 had its configuration in such a file; "
                "a YAML file needs no import",
            )
        else:
            self._option(line, number)

    def _continue(self, line: str) -> None:
        if self._keys is not None and self._key:
            before = self._keys[self._key]
            self._keys[self._key] = Value(f"{before.text}\n{line.strip()}", before.line)

    def _option(self, line: str, number: int) -> None:
        found = _OPTION.match(line)
        if found is None:
            self._stray(line, number)
            return
        self._key, value = found[1].rstrip().lower(), self._uncommented(found[2], number)
        if self._keys is not None:
            self._keys[self._key] = Value("" if value == '""' else value, number)

    def _uncommented(self, value: str, number: int) -> str:
        at = value.find(";")
        if at < 1 or not value[at - 1].isspace():
            return value.strip()
        self.ini.note(number, f"what follows the semicolon is a comment: {value[at:].strip()}")
        return value[:at].strip()

    def _stray(self, line: str, number: int) -> None:
        """Mail programs took away the indentation of the example in the announcement."""
        if not self._key:
            raise AutosyncError(
                f"cannot import {self.ini.file}: line {number} is no KEY = VALUE",
                hint="mend that line, or put a # before it",
            )
        self.ini.note(number, f"is not indented, and taken as more of {self._key}")
        self._continue(line)


def _is_remark(line: str) -> bool:
    return line.split(None, 1)[0].lower() == "rem" and line[0] in "rR"
