"""`clone`: a repository of a remote onto this machine, and under autosync.

git clones into a hidden folder, and what it made is then put in its place: nobody finds half a
clone there. What a killed try left is recognised by its mark; the next one removes it, or, if the
clone was whole and on its way to its place, goes on with it.
"""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from autosyncd.api.types import AddResult
from autosyncd.core.messages import printable
from autosyncd.core.urls import without_passwords
from autosyncd.errors import AutosyncError, OfflineError, RemoteNeedsUserError, because
from autosyncd.onboarding.adding import Adding
from autosyncd.onboarding.entry import Entries
from autosyncd.onboarding.folder import FIRST_BRANCH, check_identity, nowhere, survey
from autosyncd.onboarding.means import Means
from autosyncd.onboarding.remotes import DEFAULT, elsewhere
from autosyncd.onboarding.workshop import (
    OccupiedError,
    Workshop,
    interrupted,
    must_stay,
    new_workshop,
    stale_workshops,
)
from autosyncd.vcs.git.elsewhere import Contents, Elsewhere
from autosyncd.vcs.git.progress import Progress
from autosyncd.vcs.git.upstream import NONE
from autosyncd.vcs.tree.storage import storage_trouble

SHOWN = 3
"""How much of what is in the way is named."""

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
        """Do it; raises AutosyncError, and then the folder is as it was, or says what is in it."""
        adding = Adding(self.means, self.path, self.url, self.wishes)
        if self._go_on():
            adding.done.append(f"put what was cloned before into {self.path}")
            return await adding.run()
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
                hint=f"then: `autosyncctl add {shlex.quote(str(self.path))}`",
            ) from error

    def _go_on(self) -> bool:
        """Whether a killed try had cloned it all: then that is in its place now. All else that
        such tries left is removed."""
        done = False
        for workshop in tuple(stale_workshops(self.path)):
            if url := workshop.whole_from if workshop.inside else None:
                self._settle_again(workshop, url)
                done = True
            workshop.discard()
        return done

    def _settle_again(self, workshop: Workshop, url: str) -> None:
        if not workshop.is_of(self.url):
            raise interrupted(workshop, url, f"clone into {self.path}")
        self._settle(workshop)

    async def _is_there(self) -> bool:
        """Whether it was cloned before; raises AutosyncError if something else is there."""
        if not os.path.lexists(self.path):
            return False
        if not self.path.is_dir():
            raise AutosyncError(
                f"cannot clone into {self.path}: it is no folder", hint="name another folder"
            )
        try:
            found = sorted(entry.name for entry in self.path.iterdir())
        except OSError as error:
            raise AutosyncError(f"cannot clone into {self.path}: {error.strerror}") from error
        if not found:
            return False
        if ".git" in found and await self._same_remote():
            return True
        names = ", ".join(printable(os.fsencode(name)) for name in found[:SHOWN])
        raise AutosyncError(
            f"cannot clone into {self.path}: it is not empty ({names}"
            f"{', …' * (len(found) > SHOWN)}); nothing was touched",
            hint="name a folder that is not there yet, or put this one under autosync: "
            f"`autosyncctl add {shlex.quote(str(self.path))}`",
        )

    async def _same_remote(self) -> bool:
        folder = await survey(self.path, self.means.around)
        at_root = folder.layout is not None and not folder.layout.below
        urls = (value for key, value in folder.config.values.items() if _is_url(key))
        return at_root and self.url in urls

    async def _ask(self) -> tuple[Elsewhere, Contents]:
        parent = self.path if must_stay(self.path) else _existing(self.path.parent)
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
                f"`autosyncctl add FOLDER --remote {shlex.quote(place.shown)}`",
            )
        return place, contents

    async def _clone(self, place: Elsewhere, contents: Contents, remote: str) -> None:
        made = _made_parents(self.path.parent)
        workshop = new_workshop(self.path)
        kept = False
        try:
            workshop.open()
            await self._run_git(place, contents, remote, workshop.tree)
            workshop.whole(self.url)
            kept = workshop.inside
            self._settle(workshop)
            workshop.discard()
        except BaseException:
            if not kept:
                workshop.discard()
                _remove_empty(made)
            raise

    def _settle(self, workshop: Workshop) -> None:
        """Put the whole clone in its place."""
        again = f"autosyncctl clone {shlex.quote(without_passwords(self.url))} "
        again += shlex.quote(str(self.path))
        try:
            workshop.settle()
        except OccupiedError as error:
            raise AutosyncError(
                f"cannot finish the clone in {self.path}: {error} came to be there meanwhile; the "
                f"rest of it is in {workshop.folder}",
                hint=f"move your {error} away, then: `{again}`",
            ) from error
        except OSError as error:
            if workshop.inside:
                raise AutosyncError(
                    f"cannot finish the clone in {self.path}: {error.strerror}; the rest of it is "
                    f"in {workshop.folder}",
                    hint=f"when that is mended: `{again}`",
                ) from error
            raise AutosyncError(
                f"cannot put the clone at {self.path}: {error.strerror}",
                hint="something else came to be there meanwhile; name another folder",
            ) from error

    async def _run_git(
        self, place: Elsewhere, contents: Contents, remote: str, target: Path
    ) -> None:
        branch = contents.first
        if contents.branches and branch is None:
            raise AutosyncError(
                f"cannot clone {place.shown}: its HEAD names no branch, and it has several",
                hint="let HEAD there name one: `git symbolic-ref HEAD refs/heads/BRANCH`",
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
            if full := storage_trouble(finished.complaint, f"clone into {self.path}"):
                cure = (full.hint or "").removesuffix("; it goes on by itself")
                raise AutosyncError(full.message, hint=f"{cure}, and try again")
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


def _remove_empty(folders: list[Path]) -> None:
    for folder in reversed(folders):
        try:
            folder.rmdir()
        except OSError:
            return
