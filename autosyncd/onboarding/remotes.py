"""Whether a folder and a remote can be brought together, found out before anything is changed."""

import shlex
from dataclasses import dataclass

from autosyncd.config.model import RepositorySettings
from autosyncd.config.wording import quoted
from autosyncd.core.urls import local_path, normal_url, without_passwords
from autosyncd.errors import AutosyncError, UsageError
from autosyncd.onboarding.folder import Folder
from autosyncd.vcs.git.ancestry import begun_by_autosync
from autosyncd.vcs.git.command import GitError
from autosyncd.vcs.git.elsewhere import Contents, Elsewhere
from autosyncd.vcs.git.refs import related
from autosyncd.vcs.git.upstream import NONE

DEFAULT = "origin"


@dataclass(frozen=True, slots=True)
class Meeting:
    """A folder's remote: its name, the place, and what is there (None: no repository yet).

    `known`: the folder's repository has it already, under that name. `asked`: the place was asked.
    """

    name: str
    place: Elsewhere
    contents: Contents | None
    known: bool
    asked: bool = True

    @property
    def missing(self) -> bool:
        """Whether there is no repository yet."""
        return self.asked and self.contents is None

    @property
    def empty(self) -> bool:
        """Whether nothing was ever pushed there."""
        return self.asked and not (self.contents and self.contents.branches)


_LIKE = "write it as me@server:docs.git, https://server/docs.git or /disk/docs.git"


def check_url(url: str) -> str:
    """A URL that git can be given; raises UsageError."""
    path = local_path(url)
    if not url or url.startswith("-") or any(not char.isprintable() for char in url):
        raise UsageError(
            f"cannot use {quoted(without_passwords(url))}: git has no such URLs", hint=_LIKE
        )
    if path is not None and not path.startswith("/"):
        raise UsageError(
            f"cannot use {quoted(url)}: it is neither a URL nor an absolute path",
            hint=_LIKE,
        )
    return url


def elsewhere(folder: Folder, url: str) -> Elsewhere:
    """A remote as seen from a folder."""
    return Elsewhere(url, folder.git, folder.config)


async def meet(folder: Folder, settings: RepositorySettings, url: str | None) -> Meeting | None:
    """Ask the remote, and check that the two fit; None if there is none, or it is not wanted.

    One that the repository has already, and nobody named, is left to the worker: it may be offline.

    Raises AutosyncError with the way out, and then nothing has changed.
    """
    name = settings.remote or DEFAULT
    if name == NONE and url is not None:
        raise UsageError("cannot use --remote together with --set remote=none: choose one of them")
    if name == NONE:
        return None
    present = folder.url(name)
    if url is None:
        there = elsewhere(folder, present) if present else None
        return Meeting(name, there, None, known=True, asked=False) if there else None
    _check_same(folder, name, present, url)
    place = elsewhere(folder, url)
    meeting = Meeting(name, place, await place.ask(), known=present is not None)
    if meeting.missing:
        await _check_never_met(folder, meeting)
    elif not meeting.empty:
        await _check_history(folder, meeting)
    return meeting


async def introduce(folder: Folder, meeting: Meeting) -> None:
    """Tell the folder's repository of the remote."""
    try:
        await folder.git.output("remote", "add", "--", meeting.name, meeting.place.url)
    except GitError as error:
        why = without_passwords(error.message)
        raise AutosyncError(f"cannot add the remote {meeting.name}: {why}") from error


def _check_same(folder: Folder, name: str, present: str | None, wanted: str) -> None:
    root = str(folder.layout.root if folder.layout else folder.path)
    if present is None or normal_url(present, root) == normal_url(wanted, root):
        return
    shown = without_passwords(wanted)
    raise AutosyncError(
        f"cannot use {shown}: the repository {root} has the remote {name} already, at "
        f"{without_passwords(present)}",
        hint=f"leave --remote out; or to change it: `git -C {shlex.quote(root)} remote set-url "
        f"{name} {shlex.quote(shown)}`",
    )


async def _check_never_met(folder: Folder, meeting: Meeting) -> None:
    """What was there before, and is not now, is on a disk that is not mounted, or was moved."""
    if folder.layout is None:
        return
    known = f"refs/remotes/{meeting.name}/"
    if await folder.git.output("for-each-ref", "--count=1", known):
        raise AutosyncError(
            f"cannot use {meeting.place.shown}: there was a repository, and there is none now; "
            "nothing was changed",
            hint="is a disk not mounted? If it is gone for good, create an empty one there",
        )


async def _check_history(folder: Folder, meeting: Meeting) -> None:
    contents = meeting.contents
    if contents is None:
        return
    branch = folder.begins if folder.begins in contents.branches else contents.first
    tip = contents.branches[branch] if branch else next(iter(contents.branches.values()))
    if folder.head is None:
        raise _has_a_history(folder, meeting)
    if not await meeting.place.has(tip):
        await meeting.place.fetch(branch or next(iter(contents.branches)))
    if await related(folder.git, folder.head, tip):
        return
    if not await _both_begun_by_us(folder, tip):
        raise _has_a_history(folder, meeting)


async def _both_begun_by_us(folder: Folder, tip: str) -> bool:
    """Two machines that both began with an empty remote are joined by the daemon."""
    if folder.head is None:
        return False
    mine = await begun_by_autosync(folder.git, folder.head)
    return mine and await begun_by_autosync(folder.git, tip)


def _has_a_history(folder: Folder, meeting: Meeting) -> AutosyncError:
    path, url = shlex.quote(str(folder.path)), shlex.quote(meeting.place.shown)
    return AutosyncError(
        f"cannot add {folder.path}: {meeting.place.shown} has a history that has nothing in "
        "common with this folder; nothing was changed",
        hint=f"clone it beside this folder, and move your files into it: `autosyncctl clone {url} "
        f"{path}-2`; or give an empty remote",
    )
