"""Finds and reads the configuration files of 2011."""

import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from autosyncctl.legacy.ini import Ini, parse
from autosyncd.errors import AutosyncError

SIZE_LIMIT = 1_000_000
"""Bytes; a real one has two thousand."""

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_UTF8 = b"\xef\xbb\xbf"


def find(given: Sequence[str], environment: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """The files that are named, or `~/.autosync`, or those of the launcher of 2011, which started
    the program once for each file in a folder. Raises AutosyncError if there are none."""
    if given:
        return tuple(Path(name) for name in given)
    own = home / ".autosync"
    if own.exists():
        return (own,)
    base = environment.get("XDG_CONFIG_HOME")
    folder = (Path(base) if base else home / ".config") / "autosync"
    files = tuple(sorted(path for path in _entries(folder) if path.is_file() and is_legacy(path)))
    if not files:
        raise AutosyncError(
            f"cannot import: there is neither {own} nor a configuration of 2011 in {folder}",
            hint="name the file: `autosyncctl import FILE`",
        )
    return files


def is_legacy(path: Path) -> bool:
    """Whether a file looks like a configuration of 2011."""
    try:
        return "autosync" in parse(_content(path), str(path)).sections
    except AutosyncError:
        return False


def read(path: Path) -> Ini:
    """The file's content; raises AutosyncError that says what is wrong with it."""
    ini = parse(_content(path), str(path))
    if "autosync" not in ini.sections:
        raise AutosyncError(
            f"cannot import {path}: it has no section [autosync]",
            hint="name a configuration file of the autosync of 2011",
        )
    return ini


def overridden(file: Ini, environment_home: Path) -> None:
    """Say which values of `~/.autosync` would have won over those of a file that was named."""
    own = environment_home / ".autosync"
    if not own.is_file() or own.samefile(file.file):
        return
    try:
        other = parse(_content(own), str(own))
    except AutosyncError:
        return
    changed = [
        f"[{name}] {key}"
        for name, keys in other.sections.items()
        for key, value in keys.items()
        if (mine := file.sections.get(name, {}).get(key)) is None or mine.text != value.text
    ]
    if changed:
        keys = ", ".join(changed)
        file.note(0, f"the autosync of 2011 read {own}, too, and there {keys} won; not so here")


def _entries(folder: Path) -> tuple[Path, ...]:
    try:
        return tuple(folder.iterdir())
    except OSError:
        return ()


def _content(path: Path) -> str:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise AutosyncError(f"cannot import {path}: it is no file", hint="name a file")
        with path.open("rb") as file:
            data = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        why = error.strerror or str(error)
        raise AutosyncError(
            f"cannot import {path}: {why}", hint="name a file that you can read"
        ) from error
    except ValueError as error:
        raise AutosyncError(f"cannot import {path}: {error}", hint="name a file") from error
    return _decoded(path, data)


def _decoded(path: Path, data: bytes) -> str:
    """UTF-8 where it is; other bytes stay the bytes they are, since they may name files."""
    if len(data) > SIZE_LIMIT:
        why = f"it has more than {SIZE_LIMIT} bytes"
        raise AutosyncError(f"cannot import {path}: {why}", hint="is it the right file?")
    if data.startswith(_UTF16):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError as error:
            raise AutosyncError(
                f"cannot import {path}: it is broken UTF-16", hint="save it as UTF-8"
            ) from error
    if b"\0" in data:
        raise AutosyncError(f"cannot import {path}: it is no text", hint="name a text file")
    return data.removeprefix(_UTF8).decode("utf-8", "surrogateescape")
