"""Folders outside the watched tree that matter to it: the VCS's own, and those of rule files."""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from autosyncd.watch.base import Target
from autosyncd.watch.watches import UNWATCHED, Watches


class OutsideFolder:
    """One such folder, watched but not below; `on_name` is called with every touched name."""

    __slots__ = ("_on_name", "folder", "wd")

    def __init__(self, folder: bytes, on_name: Callable[[bytes], None]) -> None:
        self.folder = folder
        self.wd = UNWATCHED
        self._on_name = on_name

    def touch(self, name: bytes) -> None:
        """A file in it."""
        self._on_name(name)

    def change(self, mask: int, cookie: int, name: bytes) -> None:  # noqa: ARG002 - of Listener
        """A folder in it, or, without a name, itself."""
        self._on_name(name)


class Outside:
    """Keeps the folders outside one tree watched, as far as they exist."""

    def __init__(
        self,
        target: Target,
        watches: Watches,
        rule_files: tuple[Path, ...],
        on_control: Callable[[], None],
        on_rules: Callable[[], None],
    ) -> None:
        self._target = target
        self._watches = watches
        self._rule_files = rule_files
        self._on_control = on_control
        self._on_rules = on_rules
        self._rule_names: dict[bytes, set[bytes]] = {}
        self._folders: dict[tuple[str, bytes], OutsideFolder] = {}
        self.limited = False
        """Whether the kernel allows no watch for one of them."""

    def arm(self) -> None:
        """Watch what exists of the folders, also those that were missing or were replaced."""
        self.limited = False
        self._arm_control()
        self._rule_names = _names_by_folder(self._rule_files)
        for path in self._rule_names:
            self._watch("rules", path, self._rule_name(path))

    def follow(self, rule_files: tuple[Path, ...]) -> None:
        """Other rule files count from now on."""
        if rule_files != self._rule_files:
            self._rule_files = rule_files
            wanted = _names_by_folder(rule_files)
            for key in [key for key in self._folders if key[0] == "rules" and key[1] not in wanted]:
                self._watches.release(self._folders.pop(key))
            self.arm()

    def close(self) -> None:
        """Watch nothing any more."""
        for folder in self._folders.values():
            self._watches.release(folder)
        self._folders.clear()

    def _arm_control(self) -> None:
        for folder in self._target.control_dirs:
            self._watch("control", os.fsencode(folder), self._control_name)

    def _watch(self, purpose: str, path: bytes, on_name: Callable[[bytes], None]) -> None:
        key = (purpose, path)
        folder = self._folders.get(key) or OutsideFolder(path, on_name)
        try:
            self._watches.claim(folder, path)
        except OSError as error:
            self.limited = self.limited or error.errno == errno.ENOSPC
            self._watches.release(folder)
            self._folders.pop(key, None)
        else:
            self._folders[key] = folder

    def _control_name(self, name: bytes) -> None:
        """Any event may be the one that makes a control folder which was missing so far."""
        armed = sum(purpose == "control" for purpose, _ in self._folders)
        if not name or armed < len(self._target.control_dirs):
            self._arm_control()
        if not name or self._target.control_event(name):
            self._on_control()

    def _rule_name(self, path: bytes) -> Callable[[bytes], None]:
        def on_name(name: bytes) -> None:
            if not name or name in self._rule_names.get(path, ()):
                self.arm()
                self._on_rules()

        return on_name


def _names_by_folder(files: tuple[Path, ...]) -> dict[bytes, set[bytes]]:
    names: dict[bytes, set[bytes]] = {}
    for file in files:
        for folder, name in {_trigger(file), _trigger(Path(os.path.realpath(file)))}:
            names.setdefault(folder, set()).add(name)
    return names


def _trigger(file: Path) -> tuple[bytes, bytes]:
    """The folder to watch for a file, and the name in it: as long as its folder does not exist,
    the first that does and the name that is missing there."""
    missing, folder = next(
        (path, path.parent)
        for path in _upwards(file)
        if path.parent.is_dir() or path.parent == path
    )
    return os.fsencode(os.path.realpath(folder)), os.fsencode(missing.name)


def _upwards(file: Path) -> Iterator[Path]:
    yield file
    yield from file.parents
