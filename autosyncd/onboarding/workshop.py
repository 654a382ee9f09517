"""Where a clone is made before it has its place: a hidden folder, known again by its mark.

A folder that is not there yet gets the whole clone in one instant. Into one that must stay (a mount
point, a folder with rights of its own) the parts go one by one, `.git` last; the workshop in it
tells the next try what is still missing.
"""

import errno
import os
import secrets
import shlex
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from autosyncd.core.urls import without_passwords
from autosyncd.errors import AutosyncError
from autosyncd.vcs.tree.syscalls import UNSUPPORTED, rename_new
from autosyncd.watch.filesystem import mount_points
from autosyncd.watch.mounting import MOUNTINFO

PREFIX = ".autosync-clone-"
MARK = "autosync-clone"
"""A file that says into which folder the clone goes."""

_WHOLE = "autosync-whole"
"""A file that says of which URL the clone is; it is there once nothing is missing in it."""


class OccupiedError(Exception):
    """A part of the clone can't take its place: something of the name `args[0]` is there."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """The hidden folder `folder`, for a clone into `target`."""

    folder: Path
    target: Path

    @property
    def tree(self) -> Path:
        """Where git clones to."""
        return self.folder / "tree"

    @property
    def inside(self) -> bool:
        """Whether it is in the very folder that the clone goes into."""
        return self.folder.parent == self.target

    @property
    def whole_from(self) -> str | None:
        """The URL of the clone, once it is whole."""
        try:
            return os.fsdecode((self.folder / _WHOLE).read_bytes())
        except OSError:
            return None

    def is_of(self, url: str) -> bool:
        """Whether the clone is whole, and of this URL: the password in it is shown to nobody, and
        may be left out."""
        whole_from = self.whole_from
        return whole_from is not None and without_passwords(whole_from) == without_passwords(url)

    def open(self) -> None:
        """Make it; raises AutosyncError."""
        try:
            self.folder.mkdir(mode=0o700)
            (self.folder / MARK).write_bytes(os.fsencode(self.target))
        except OSError as error:
            raise AutosyncError(f"cannot clone in {self.folder}: {error.strerror}") from error

    def whole(self, url: str) -> None:
        """The clone is complete: from now on it is only to be put in its place."""
        draft = self.folder / f"{_WHOLE}.new"
        draft.write_bytes(os.fsencode(url))
        draft.rename(self.folder / _WHOLE)

    def settle(self) -> None:
        """Put the clone in its place; whatever is there stays. May be called again, also when all
        of it has its place already.

        Raises OccupiedError if something is in the way, OSError.
        """
        if self.inside:
            if self.tree.exists():
                self._move_in()
        else:
            if self.target.is_dir():
                shutil.copystat(self.target, self.tree)
            self.tree.rename(self.target)

    def _move_in(self) -> None:
        """`.git` last: until then nobody takes the folder for a repository that lost the rest."""
        names = sorted((entry.name for entry in self.tree.iterdir()), key=_git_last)
        folder = os.open(self.target, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for name in names:
                _rename(self.tree / name, folder, os.fsencode(name))
        finally:
            os.close(folder)

    def discard(self) -> None:
        """Remove it, the mark last, by which the next try knows it."""
        shutil.rmtree(self.tree, ignore_errors=True)
        for file in (self.folder / _WHOLE, self.folder / MARK):
            with suppress(OSError):
                file.unlink()
        shutil.rmtree(self.folder, ignore_errors=True)


def new_workshop(target: Path) -> Workshop:
    """One that was never there before: the git of a daemon that was killed may still be at work in
    another."""
    around = target if must_stay(target) else target.parent
    return Workshop(around / f"{PREFIX}{secrets.token_hex(6)}", target)


def must_stay(folder: Path) -> bool:
    """Whether there is a folder that no other may take the place of: a mount point, one that we
    could not make like that, or one in a folder in which we may not write."""
    try:
        status, around = folder.stat(), folder.parent.stat()
    except OSError:
        return False
    usual = (status.st_uid, status.st_gid, status.st_dev) == (
        os.geteuid(),
        os.getegid(),
        around.st_dev,
    )
    places = (folder, folder.parent)
    writable = all(os.access(one, os.W_OK | os.X_OK, effective_ids=True) for one in places)
    return not (usual and writable) or folder.is_symlink() or _is_mounted(folder)


def check_not_interrupted(folder: Path) -> None:
    """Raise AutosyncError if a clone into the folder was cut off on its way there."""
    for workshop in stale_workshops(folder):
        if url := workshop.whole_from if workshop.inside else None:
            raise interrupted(workshop, url, f"add {folder}")


def interrupted(workshop: Workshop, url: str, action: str) -> AutosyncError:
    """What is in the folder of a clone that was cut off, and the ways on."""
    shown, place = without_passwords(url), shlex.quote(str(workshop.target))
    finish = f"`autosyncctl clone {shlex.quote(shown)} {place}`"
    return AutosyncError(
        f"cannot {action}: a clone of {shown} was cut off there, and the rest of it is in "
        f"{workshop.folder}",
        hint=f"finish it: {finish}; or drop the rest: `rm -r {shlex.quote(str(workshop.folder))}`",
    )


def stale_workshops(target: Path) -> Iterator[Workshop]:
    """What killed tries left beside the folder, ours by the mark, and in it."""
    for folder in target.parent.glob(f"{PREFIX}*"):
        workshop = Workshop(folder, target)
        if not workshop.inside and _marked_for(folder) == os.fsencode(target):
            yield workshop
    for folder in target.glob(f"{PREFIX}*"):
        mark = _marked_for(folder)
        if mark is None and _is_empty(folder):
            yield Workshop(folder, target)
        if mark is not None and not _goes_beside(folder, mark):
            yield Workshop(folder, target)


def _git_last(name: str) -> tuple[bool, str]:
    return name == ".git", name


def _marked_for(folder: Path) -> bytes | None:
    try:
        return (folder / MARK).read_bytes()
    except OSError:
        return None


def _goes_beside(folder: Path, mark: bytes) -> bool:
    """Whether the clone in it, which may be under way, is for another folder, beside it."""
    return os.path.realpath(Path(os.fsdecode(mark)).parent) == os.path.realpath(folder.parent)


def _is_empty(folder: Path) -> bool:
    """As it is for an instant when it is made, and when it is removed."""
    try:
        return not any(folder.iterdir())
    except OSError:
        return False


def _is_mounted(folder: Path) -> bool:
    """A bind mount has the device number of what is around it."""
    try:
        points = mount_points(MOUNTINFO.read_bytes())
    except OSError:
        return folder.is_mount()
    place = os.fsencode(os.path.realpath(folder))
    return any(point == place for _, point in points)


def _rename(path: Path, folder: int, name: bytes) -> None:
    try:
        try:
            rename_new(path, folder, name, noreplace=True)
        except OSError as error:
            if error.errno not in UNSUPPORTED:
                raise
            rename_new(path, folder, name, noreplace=False)
    except OSError as error:
        if error.errno in (errno.EEXIST, errno.ENOTEMPTY):
            raise OccupiedError(os.fsdecode(name)) from error
        raise
