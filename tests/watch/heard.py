"""Listeners for the tests: one that collects hints, one that acts on them as a worker does."""

import array
import asyncio
import fcntl
import os
import termios
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from autosyncd.core.ignoring import IgnoreSources
from autosyncd.watch.base import ControlTouched, Hint, RootGone, Target, Touched, WatchLimited
from autosyncd.watch.inotify import Inotify
from autosyncd.watch.tree import Tree
from tests.waiting import until as until

GIT = IgnoreSources(per_directory=b".gitignore", control=frozenset({b".git"}))


def a_target(
    root: Path,
    sources: IgnoreSources = GIT,
    *,
    below: bytes = b"",
    control_dirs: tuple[Path, ...] = (),
    control_event: Callable[[bytes], bool] = lambda name: name == b"HEAD",
) -> Target:
    return Target(root, below, sources, control_dirs, control_event)


@dataclass
class Heard:
    """Collects the hints of one watch of a tree."""

    root: Path
    hints: list[Hint] = field(default_factory=list)
    tree: Tree | None = None

    def __call__(self, hint: Hint) -> None:
        self.hints.append(hint)

    @property
    def paths(self) -> set[bytes]:
        named = [hint.paths or () for hint in self.hints if isinstance(hint, Touched)]
        return {path for paths in named for path in paths}

    @property
    def everything(self) -> bool:
        return Touched(None) in self.hints

    @property
    def control(self) -> int:
        return self.hints.count(ControlTouched())

    @property
    def gone(self) -> int:
        return self.hints.count(RootGone())

    @property
    def limited(self) -> list[WatchLimited]:
        return [hint for hint in self.hints if isinstance(hint, WatchLimited)]

    async def hears(self, *paths: bytes) -> None:
        """Wait until all these paths were hinted."""
        await until(lambda: self.paths.issuperset(paths))

    async def calm(self) -> None:
        """Wait until all that happened so far has been heard, and all folders are visited."""
        assert self.tree is not None
        await until(self._quiet)
        await asyncio.sleep(0)  # hints are delivered by the loop

    def _quiet(self) -> bool:
        assert self.tree is not None
        descriptor = self.tree._folders._watches._kernel._descriptor
        unread = array.array("i", (0,))
        fcntl.ioctl(descriptor, termios.FIONREAD, unread)
        return not (unread[0] or self.tree._shared.unflushed) and self.tree.rests


@dataclass
class Mirror(Heard):
    """Copies what a hint names at the moment it hears it, and nothing else."""

    view: dict[bytes, bytes] = field(default_factory=dict)

    def __call__(self, hint: Hint) -> None:
        self.hints.append(hint)
        if isinstance(hint, Touched):
            paths = (b"",) if hint.paths is None else hint.paths
            folders = {parent for path in self.view for parent in _parents(path)}
            for path in paths:
                self.look(path, folder=path in folders)

    def look(self, path: bytes, *, folder: bool = True) -> None:
        self.view.pop(path, None)
        if folder:
            inside = path + b"/" if path else b""
            for known in [known for known in self.view if known.startswith(inside)]:
                del self.view[known]
        self.view.update(contents(self.root, path))


def _parents(path: bytes) -> list[bytes]:
    parts = path.split(b"/")
    return [b"/".join(parts[:depth]) for depth in range(len(parts))]


def contents(root: Path, path: bytes = b"") -> dict[bytes, bytes]:
    """All files at and below a path, with what is in them; the VCS's own folder excepted."""
    full = os.fsencode(root) + b"/" + path if path else os.fsencode(root)
    try:
        if any(os.path.islink(os.fsencode(root) + b"/" + above) for above in _parents(path)[1:]):
            return {}  # what is beyond a link is not here
        if os.path.islink(full):
            return {path: b"-> " + os.readlink(full)}
        if not os.path.isdir(full):
            with open(full, "rb") as file:
                return {path: file.read()}
        names = [name for name in os.listdir(full) if name != b".git"]
    except OSError:
        return {}
    found: dict[bytes, bytes] = {}
    for name in names:
        found.update(contents(root, path + b"/" + name if path else name))
    return found


def folder_count(root: Path) -> int:
    """How many folders there are, the root included and `.git` left out."""
    count = 0
    for _, folders, _ in os.walk(root):
        folders[:] = [name for name in folders if name != ".git"]
        count += 1
    return count


class Watching:
    """Starts watches of one inotify instance and waits until they are placed."""

    def __init__(self, inotify: Inotify) -> None:
        self.inotify = inotify

    async def hear(self, target: Target) -> Heard:
        return await self.by(Heard(target.root), target)

    async def mirror(self, target: Target) -> Mirror:
        mirror = Mirror(target.root)
        await self.by(mirror, target)
        mirror.look(b"")
        return mirror

    async def by(self, heard: Heard, target: Target) -> Heard:
        heard.tree = self.inotify.watch(target, heard)
        await heard.tree.placed()
        return heard
