"""`clone`: a repository of a remote onto this machine, and under autosync.

git clones into a hidden folder beside the wished one, which then gets its name in one instant:
nobody finds half a clone there, and no other program can put a file into it meanwhile. What a
killed try left is recognised by its mark, and removed by the next.
"""

import os
import secrets
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from autosyncd.api.types import AddResult
from autosyncd.errors import AutosyncError, OfflineError, RemoteNeedsUserError, because
from autosyncd.onboarding.adding import Adding
from autosyncd.onboarding.entry import Entries
from autosyncd.onboarding.folder import FIRST_BRANCH, check_identity, nowhere, survey
from autosyncd.onboarding.means import Means
from autosyncd.onboarding.remotes import DEFAULT, elsewhere
from autosyncd.vcs.git.elsewhere import Contents, Elsewhere
from autosyncd.vcs.git.progress import Progress
from autosyncd.vcs.git.upstream import NONE

MARK = "autosync-clone"
_STEPS = 5
"""How often progress is told: each time is an event that is kept."""


@dataclass(slots=True)
class Cloning:
    """One `clone`, into one folder."""

    means: Means
    url: str
    path: Path
    wishes: Mapping[str, str]

    async def run(self) -> AddResult:
        """Do it; raises AutosyncError, and then there is nothing in the folder."""
        adding = Adding(self.means, self.path, self.url, self.wishes)
        if await self._is_there():
            return await adding.run()
        entries = Entries(self.means)
        config = entries.current(f"clone into {self.path}")
        settings = entries.plan(config, self.path, self.wishes)
        if settings.remote == NONE:
            raise AutosyncError("cannot clone with --set remote=none: it would lose its remote")
        place, contents = await self._ask()
        await self._clone(place, contents, settings.remote or DEFAULT)
        adding.done.append(f"cloned {place.shown} into {self.path}")
        try:
            return await adding.run()
        except AutosyncError as error:
            raise AutosyncError(
                f"cannot watch {self.path}, which is cloned: {because(error.line())}",
                hint=f"then: autosyncctl add {shlex.quote(str(self.path))}",
            ) from error

    async def _is_there(self) -> bool:
        """Whether it was cloned before; raises AutosyncError if something else is there."""
        if not os.path.lexists(self.path):
            return False
        if not self.path.is_dir():
            raise AutosyncError(
                f"cannot clone into {self.path}: it is no folder", hint="name another folder"
            )
        try:
            occupied = any(self.path.iterdir())
        except OSError as error:
            raise AutosyncError(f"cannot clone into {self.path}: {error.strerror}") from error
        if not occupied:
            return False
        if (self.path / ".git").exists() and await self._same_remote():
            return True
        raise AutosyncError(
            f"cannot clone into {self.path}: it is not empty; nothing was touched",
            hint="name a folder that is not there yet, or put this one under autosync: "
            f"autosyncctl add {shlex.quote(str(self.path))}",
        )

    async def _same_remote(self) -> bool:
        folder = await survey(self.path, self.means.around)
        at_root = folder.layout is not None and not folder.layout.below
        urls = (value for key, value in folder.config.values.items() if _is_url(key))
        return at_root and self.url in urls

    async def _ask(self) -> tuple[Elsewhere, Contents]:
        parent = _existing(self.path.parent)
        if not os.access(parent, os.W_OK | os.X_OK, effective_ids=True):
            raise AutosyncError(
                f"cannot clone into {self.path}: {parent} can't be written to",
                hint="name another folder, or let the user of autosyncd write there",
            )
        folder = await nowhere(parent, self.means.around)
        await check_identity(folder)
        place = elsewhere(folder, self.url)
        self.means.tell(f"{self.path.name}: asking {place.shown}")
        contents = await place.ask()
        if contents is None:
            raise RemoteNeedsUserError(
                f"cannot clone {place.shown}: there is no git repository",
                hint="correct the URL; to make a folder of yours the first one there: "
                f"autosyncctl add FOLDER --remote {shlex.quote(place.shown)}",
            )
        return place, contents

    async def _clone(self, place: Elsewhere, contents: Contents, remote: str) -> None:
        made = _made_parents(self.path.parent)
        _discard_stale(self.path)
        workshop = self.path.with_name(f".{MARK}-{secrets.token_hex(6)}")
        inside = self.path.is_mount()
        try:
            target = self.path if inside else _workshop(workshop, self.path)
            await self._run_git(place, contents, remote, target)
            if not inside:
                _settle(target, self.path)
        except BaseException:
            for folder in reversed(made):
                _remove_empty(folder, workshop)
            raise
        finally:
            _discard(workshop)

    async def _run_git(
        self, place: Elsewhere, contents: Contents, remote: str, target: Path
    ) -> None:
        branch = contents.first
        if contents.branches and branch is None:
            raise AutosyncError(
                f"cannot clone {place.shown}: its HEAD names no branch, and it has several",
                hint="let HEAD there name one: git symbolic-ref HEAD refs/heads/BRANCH",
            )
        steps = _Steps(self.means, self.path.name)
        finished = await place.clone(
            target,
            remote=remote,
            branch=branch or contents.head or FIRST_BRANCH,
            unborn=not contents.branches,
            hear=Progress(steps.tell).hear,
        )
        if finished.returncode:
            message, hint = await place.why_not(finished.complaint)
            raise OfflineError(f"cannot clone {place.shown}: {message}", hint=hint)


@dataclass(slots=True)
class _Steps:
    """git's progress in few steps."""

    means: Means
    name: str
    told: int = 0

    def tell(self, share: float) -> None:
        """Tell of a share from 0 to 1 when it is worth an event."""
        if int(share * _STEPS) > self.told:
            self.told = int(share * _STEPS)
            self.means.tell(f"{self.name}: {int(share * 100)}% of it is here")


def _is_url(key: str) -> bool:
    return key.startswith("remote.") and key.endswith(".url")


def _existing(folder: Path) -> Path:
    return next(one for one in (folder, *folder.parents) if one.is_dir())


def _made_parents(folder: Path) -> list[Path]:
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AutosyncError(f"cannot make the folder {folder}: {error.strerror}") from error
    return missing[::-1]


def _workshop(folder: Path, target: Path) -> Path:
    """A folder to clone in, with a mark that says for whom; never one that was there before: the
    git of a daemon that was killed may still be at work in that."""
    try:
        folder.mkdir(mode=0o700)
        (folder / MARK).write_bytes(os.fsencode(target))
    except OSError as error:
        raise AutosyncError(f"cannot clone in {folder}: {error.strerror}") from error
    return folder / "tree"


def _discard_stale(target: Path) -> None:
    """Remove what killed tries left, ours by its mark."""
    for folder in target.parent.glob(f".{MARK}-*"):
        try:
            ours = (folder / MARK).read_bytes() == os.fsencode(target)
        except OSError:
            continue
        if ours:
            _discard(folder)


def _settle(tree: Path, path: Path) -> None:
    """Give it its name; an empty folder there is replaced, anything else is not."""
    try:
        tree.rename(path)
    except OSError as error:
        raise AutosyncError(
            f"cannot put the clone at {path}: {error.strerror}",
            hint="something else came to be there meanwhile; name another folder",
        ) from error


def _discard(workshop: Path) -> None:
    if (workshop / MARK).is_file():
        shutil.rmtree(workshop, ignore_errors=True)


def _remove_empty(folder: Path, workshop: Path) -> None:
    _discard(workshop)
    try:
        folder.rmdir()
    except OSError:
        pass
