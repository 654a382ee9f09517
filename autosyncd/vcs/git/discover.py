"""From the path in the settings to a repository that we may work in, or why not."""

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from autosyncd.errors import AwayError, NeedsUserError, ToolError
from autosyncd.process import Slots
from autosyncd.vcs.git.command import Git, git_environment
from autosyncd.vcs.git.layout import Layout

OLDEST = (2, 38)
"""The first git with `merge-tree --write-tree`."""

CONTROL = ".git"

_STATE = ("--show-object-format", "--is-bare-repository", "--is-inside-work-tree")
_USUAL = ["false", "true"]
_ABSOLUTE = "--path-format=absolute"
_PLACES = ("--show-toplevel", "--absolute-git-dir", "--git-common-dir")

_NEW_ENOUGH: set[str | None] = set()
"""Values of `PATH` with which a git was found that is."""


async def discover(path: Path, slots: Slots, environment: Mapping[str, str]) -> tuple[Git, Layout]:
    """The repository around `path`; raises NeedsUserError with the reason and the way out."""
    folder = _folder(path)
    git = Git(folder, git_environment(environment), slots)
    object_format, root, git_dir, common_dir = await _ask(git)
    _check_nested(folder, root)
    layout = Layout(
        root=root,
        below=b"" if folder == root else os.fsencode(folder.relative_to(root)),
        git_dir=git_dir,
        common_dir=common_dir,
        object_format=object_format,
    )
    _check_writable(layout)
    return Git(root, _bound(git.environment, root), slots), layout


async def _ask(git: Git) -> tuple[str, Path, Path, Path]:
    """The object format, the root, its own and the common git folder, from one command if all is
    as it should be."""
    if git.environment.get("PATH") not in _NEW_ENOUGH:
        await _check_version(git)
    try:
        finished = await git.run("rev-parse", *_STATE, _ABSOLUTE, *_PLACES)
    except ToolError:
        await _check_version(git)
        raise
    said = os.fsdecode(finished.stdout).splitlines()
    if not finished.returncode and len(said) == len(_STATE + _PLACES) and said[1:3] == _USUAL:
        root, git_dir, common_dir = (Path(place).resolve() for place in said[3:])
        return said[0], root, git_dir, common_dir
    return await _check_working_tree(git), *await _places(git)


def control_entry(path: Path) -> Path | None:
    """The nearest `.git` at or above a path."""
    return next((p / CONTROL for p in (path, *path.parents) if _exists(p / CONTROL)), None)


def _exists(path: Path) -> bool:
    try:
        return os.path.lexists(path)
    except OSError:
        return False


def _bound(environment: Mapping[str, str], root: Path) -> dict[str, str]:
    """If `.git` vanishes, git must not take a repository further up for this one."""
    return {**environment, "GIT_CEILING_DIRECTORIES": os.fspath(root.parent)}


def _folder(path: Path) -> Path:
    try:
        folder = path.resolve(strict=True)
        with os.scandir(folder):
            return folder
    except FileNotFoundError as error:
        raise AwayError(
            f"cannot sync {path}: there is no such folder",
            hint="create or mount it, or correct `path` in the configuration",
        ) from error
    except NotADirectoryError as error:
        raise NeedsUserError(
            f"cannot sync {path}: it is not a folder", hint="name the folder it lies in instead"
        ) from error
    except (OSError, RuntimeError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise NeedsUserError(
            f"cannot sync {path}: {why}", hint="allow the user of autosyncd to read and write it"
        ) from error


async def _check_version(git: Git) -> None:
    try:
        said = await git.line("--version")
    except ToolError as error:
        raise NeedsUserError(
            f"cannot use git: {error.message}", hint="install git (for example: apt install git)"
        ) from error
    version = parse_version(said)
    if version < OLDEST:
        raise NeedsUserError(
            f"cannot use {said}: it is too old, {OLDEST[0]}.{OLDEST[1]} or newer is needed",
            hint="install a newer git",
        )
    _NEW_ENOUGH.add(git.environment.get("PATH"))


def parse_version(said: str) -> tuple[int, ...]:
    """The numbers in what `git --version` prints."""
    found = re.search(r"(\d+)\.(\d+)", said)
    return tuple(int(number) for number in found.groups()) if found else ()


async def _check_working_tree(git: Git) -> str:
    """That `git.folder` is inside a working tree; returns the object format."""
    finished = await git.run("rev-parse", *_STATE)
    if finished.returncode:
        control = control_entry(git.folder)
        if control and control.parent.stat().st_dev != git.folder.stat().st_dev:
            raise _beyond(git.folder)
        raise refusal(git.folder, finished.complaint, has_control=bool(control))
    object_format, bare, inside = finished.stdout.decode("ascii").split()
    if bare == "true":
        raise _bare(git.folder)
    if inside != "true":
        raise NeedsUserError(
            f"cannot sync {git.folder}: it is inside git's own folder",
            hint="name the folder of the working tree",
        )
    return object_format


def refusal(folder: Path, complaint: str, *, has_control: bool) -> NeedsUserError:
    """What git's complaint about a folder means to the user."""
    if "dubious ownership" in complaint or "unsafe repository" in complaint:
        owned = re.search(r"repository at '(.*)'|repository \('(.*)' is owned", complaint)
        root = next((part for part in owned.groups() if part), str(folder)) if owned else folder
        return NeedsUserError(
            f"git does not trust the repository {root}: it belongs to another user",
            hint="if you trust it: `git config --global --add safe.directory "
            f"{shlex.quote(str(root))}`",
        )
    if "bare repository" in complaint:
        return _bare(folder)
    if "not a git repository" in complaint and not has_control:
        return NeedsUserError(
            f"cannot sync {folder}: it is not in a git repository",
            hint=f"`git init {shlex.quote(str(folder))}`",
        )
    said = complaint.splitlines()
    return _broken(folder, said[-1] if said else "git can't read it")


def _beyond(folder: Path) -> NeedsUserError:
    return NeedsUserError(
        f"cannot sync {folder}: it is on another file system than the repository around it",
        hint="watch the repository's root, or make a repository of its own there: "
        f"`git init {shlex.quote(str(folder))}`",
    )


def _bare(folder: Path) -> NeedsUserError:
    return NeedsUserError(
        f"cannot sync {folder}: it is a bare repository, without any files to watch",
        hint=f"sync a clone with files: `git clone {shlex.quote(str(folder))} FOLDER`",
    )


def _broken(folder: Path, why: str) -> NeedsUserError:
    return NeedsUserError(
        f"cannot sync {folder}: its .git is broken: {why}",
        hint=f"see what `git -C {shlex.quote(str(folder))} status` says; repair .git, or restore "
        "it from a copy",
    )


async def _places(git: Git) -> tuple[Path, Path, Path]:
    """The root, its own and the common git folder; asked one by one if a name has a newline."""
    said = (await git.line("rev-parse", _ABSOLUTE, *_PLACES)).split("\n")
    if len(said) != len(_PLACES):
        said = [await git.line("rev-parse", _ABSOLUTE, place) for place in _PLACES]
    root, git_dir, common_dir = (Path(place).resolve() for place in said)
    return root, git_dir, common_dir


def _check_nested(folder: Path, root: Path) -> None:
    """git passes by a `.git` that it can't read, and takes the repository further up."""
    for inner in (folder, *folder.parents):
        if inner == root:
            return
        if _exists(inner / CONTROL):
            raise _broken(inner, "git does not recognise it as a repository")


def _check_writable(layout: Layout) -> None:
    for folder in (layout.root, layout.git_dir, layout.objects):
        if not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
            raise NeedsUserError(
                f"cannot sync {layout.root}: no permission to write {folder}",
                hint="allow the user of autosyncd to write it",
            )
