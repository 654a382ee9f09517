"""`add`: from an ordinary folder to a repository in step, in one command.

First everything is found out that could stand in the way, then things are done in such an order
that each step may be the last: an empty repository at the remote, a .git without commits and a
configuration file are found again, and used, by the next try. The first commit, and all that
follows, is the worker's, with all its care.
"""

import os
import shutil
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from autosyncd.api.types import AddResult, Preview, SyncOutcome
from autosyncd.config.model import Config, RepositorySettings
from autosyncd.core.urls import without_passwords
from autosyncd.errors import AutosyncError, ConfigError, because
from autosyncd.onboarding.entry import Entries
from autosyncd.onboarding.folder import Folder, check_identity, initialize, survey
from autosyncd.onboarding.means import Means
from autosyncd.onboarding.preview import preview
from autosyncd.onboarding.remotes import Meeting, introduce, meet
from autosyncd.vcs.git.command import Git

SIGHT = 3
"""How many of the files that would be held are named while they are counted."""


@dataclass(slots=True)
class Adding:
    """One `add`, of one folder."""

    means: Means
    path: Path
    url: str | None
    wishes: Mapping[str, str]
    done: list[str] = field(default_factory=list)
    _created: bool = False

    async def run(self, *, dry_run: bool = False) -> AddResult:
        """Do it; raises AutosyncError with everything as it was, or told what is not."""
        entries = Entries(self.means)
        config = entries.current(f"add {self.path}")
        planned = entries.plan(config, self.path, self.wishes)
        watched = watched_at(config, self.path)
        settings = watched or planned
        try:
            return await self._add(entries, config, settings, dry_run=dry_run)
        finally:
            self.means.around.judged.drop(settings)

    async def _add(
        self, entries: Entries, config: Config, settings: RepositorySettings, *, dry_run: bool
    ) -> AddResult:
        folder, meeting, look = await self._prepare(settings)
        if dry_run:
            return self._result(settings, meeting, look, config=None, dry_run=True)
        watched = watched_at(config, self.path)
        try:
            async with AsyncExitStack() as undo:
                await self._begin(folder, meeting, undo)
                if watched:
                    file = await self._amend(entries, config, watched)
                else:
                    file = await entries.insert(config, self.path, self.wishes)
                    self.done.append(f"wrote {file}")
                undo.pop_all()
        except AutosyncError as error:
            self._tell_what_stays(error, meeting)
            raise
        settings = self._as_watched() or settings
        outcome = await self._sync(settings, meeting)
        return self._result(settings, meeting, look, config=file, outcome=outcome)

    def _tell_what_stays(self, error: AutosyncError, meeting: Meeting | None) -> None:
        """All is undone but a repository elsewhere: that is no longer ours to remove."""
        if self._created and meeting:
            stays = f"the empty repository {meeting.place.shown} was created, and is used by the "
            error.hint = "; ".join(filter(None, (error.hint, f"{stays}next try")))

    def _as_watched(self) -> RepositorySettings | None:
        try:
            return watched_at(self.means.read_config(), self.path)
        except ConfigError:
            return None  # somebody broke another file just now; the daemon runs on with ours

    async def _prepare(
        self, settings: RepositorySettings
    ) -> tuple[Folder | None, Meeting | None, Preview | None]:
        """Find out everything that could stand in the way."""
        if other := await self._other_tool(settings):
            if self.url:
                raise AutosyncError(
                    f"cannot give {self.path} a remote: it is a repository of {other}",
                    hint=f"set it up with {other}, and add the folder without --remote",
                )
            return None, None, None
        folder = await survey(self.path, self.means.around)
        await check_identity(folder)
        self.means.tell(f"{settings.name}: asking the remote" if self.url else settings.name)
        meeting = await meet(folder, settings, self.url)
        look = await preview(folder, settings, self.means.around)
        self.means.tell(f"{settings.name}: {in_words(look)}")
        return folder, meeting, look

    async def _other_tool(self, settings: RepositorySettings) -> str | None:
        """The backend, other than git, that the folder belongs to."""
        if settings.vcs not in ("auto", "git"):
            return settings.vcs
        if settings.vcs == "git":
            return None
        found = (one.name for one in self.means.around.backends if one.detect(self.path))
        name = next(found, None)
        return None if name == "git" else name

    async def _begin(
        self, folder: Folder | None, meeting: Meeting | None, undo: AsyncExitStack
    ) -> None:
        """Make the remote and the repository, as far as they are not there."""
        if folder is None:
            return
        if meeting and meeting.missing:
            await meeting.place.create(folder.begins)
            self._created = True
            self.done.append(f"created the repository {meeting.place.shown}")
        if folder.layout is None:
            undo.push_async_callback(self._undo_git, folder)
            await initialize(folder)
            self.done.append(f"made {self.path} a git repository")
        if meeting and not meeting.known:
            undo.push_async_callback(self._undo_remote, folder, meeting)
            await introduce(folder, meeting)
            self.done.append(f"set its remote {meeting.name} to {meeting.place.shown}")

    async def _amend(
        self, entries: Entries, config: Config, watched: RepositorySettings
    ) -> Path | None:
        entry = entries.find(config, watched.path)
        if entry is None:
            if self.wishes:
                raise AutosyncError(
                    f"cannot change the settings of {watched.name}: it is named on the command "
                    "line of autosyncd",
                    hint="start autosyncd without that path, and add it again",
                )
            self.done.append("it is watched already, as long as autosyncd's command line names it")
            return None
        if self.wishes and await entries.change(entry, self.wishes):
            self.done.append(f"changed {', '.join(self.wishes)} in {entry.file}:{entry.line}")
        else:
            await self.means.reload()  # it may have been written by hand, and not read yet
            self.done.append(f"it is watched already, by {entry.file}:{entry.line}")
        return entry.file

    async def _sync(self, settings: RepositorySettings, meeting: Meeting | None) -> SyncOutcome:
        self.means.tell(f"{settings.name}: committing" + (" and pushing" if meeting else ""))
        try:
            outcome = await self.means.sync(settings.name)
        except AutosyncError as problem:
            return SyncOutcome(name=settings.name, ok=False, error=problem.line())
        if outcome.ok and meeting and meeting.empty:
            await self._point_head(meeting)
        return outcome

    async def _point_head(self, meeting: Meeting) -> None:
        """What was created for another branch would give an empty folder to who clones it."""
        try:
            now = await meeting.place.ask()
            if now and len(now.branches) == 1 and now.head not in now.branches:
                await meeting.place.point_head(next(iter(now.branches)))
        except AutosyncError as error:
            self.done.append(
                f"cannot let the remote's HEAD name the branch: {because(error.message)}"
            )

    async def _undo_git(self, folder: Folder) -> None:
        """Take the .git away that was made a moment ago, if nobody used it since."""
        control = self.path / ".git"
        git = Git(self.path, folder.git.environment, folder.git.slots)
        refs = await git.run("for-each-ref", "--count=1")
        objects = [p for p in (control / "objects").rglob("*") if p.is_file()]
        unused = not refs.returncode and not refs.stdout and not objects
        if control.is_dir() and unused and not (control / "index").exists():
            shutil.rmtree(control)

    async def _undo_remote(self, folder: Folder, meeting: Meeting) -> None:
        if folder.layout is not None:
            await folder.git.run("remote", "remove", meeting.name)

    def _result(
        self,
        settings: RepositorySettings,
        meeting: Meeting | None,
        look: Preview | None,
        *,
        config: Path | None,
        dry_run: bool = False,
        outcome: SyncOutcome | None = None,
    ) -> AddResult:
        error = outcome.error if outcome else None
        return AddResult(
            name=settings.name,
            path=str(self.path),
            remote=meeting.place.shown if meeting else None,
            config=str(config) if config else None,
            done=tuple(self.done),
            preview=look,
            dry_run=dry_run,
            error=without_passwords(error) if error else None,
            apart=outcome.apart if outcome else None,
        )


def watched_at(config: Config, path: Path) -> RepositorySettings | None:
    """The settings of the directory that the configuration has already, by whichever name."""
    real = os.path.realpath(path)
    found = (one for one in config.repositories if os.path.realpath(one.path) == real)
    return next(found, None)


def in_words(look: Preview) -> str:
    """What the first commit takes, and what of the rest is named."""
    names = [entry.path for entry in look.held[:SIGHT]]
    count = len(look.held) + look.more
    held = (
        f", {count} held back ({', '.join(names)}{', …' * (count > len(names))})" if count else ""
    )
    return f"{look.files} {'file' if look.files == 1 else 'files'} to commit{held}"
