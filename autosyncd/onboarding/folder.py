"""What a folder is before it is put under autosync: an ordinary one, or in a repository already."""

import os
import shlex
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from autosyncd.config.wording import quoted
from autosyncd.errors import AutosyncError, NeedsUserError, UsageError
from autosyncd.onboarding.workshop import check_not_interrupted
from autosyncd.vcs.git.command import Git, GitError, git_environment
from autosyncd.vcs.git.discover import discover
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.refs import branch_ref, current_branch, read_refs
from autosyncd.vcs.git.settings import GitConfig, parse_config
from autosyncd.worker.surroundings import Surroundings

FIRST_BRANCH = "main"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as git finds it. `layout` is None where no repository is yet; `branch` is None
    where HEAD is detached, `head` where nothing was committed."""

    path: Path
    git: Git
    config: GitConfig
    layout: Layout | None = None
    branch: str | None = None
    head: str | None = None

    @property
    def begins(self) -> str:
        """The branch that the first commit goes to."""
        return self.branch or self.config.get("init.defaultbranch") or FIRST_BRANCH

    def url(self, remote: str) -> str | None:
        """Where a remote of the repository is."""
        return self.config.get(f"remote.{remote.lower()}.url") or self.config.get(
            f"remote.{remote}.url"
        )


def checked(text: str, action: str) -> Path:
    """An absolute path as a client sent it; raises UsageError."""
    if not text.startswith("/") or "\0" in text:
        raise UsageError(f"cannot {action} {quoted(text)}: the path must be absolute")
    return Path(os.path.normpath("/" + text.lstrip("/")))


def check_folder(path: Path) -> None:
    """Raise AutosyncError unless there is a folder that can be written to, and is all there."""
    try:
        exists, folder = path.exists(), path.is_dir()
    except OSError as error:
        raise AutosyncError(f"cannot add {path}: {error.strerror}") from error
    if not exists:
        raise AutosyncError(
            f"cannot add {path}: there is no such folder",
            hint=f"make it (`mkdir -p {shlex.quote(str(path))}`), or get one from a remote: "
            f"`autosyncctl clone URL {shlex.quote(str(path))}`",
        )
    if not folder:
        raise AutosyncError(
            f"cannot add {path}: it is no folder", hint="add the folder in which it lies"
        )
    if not os.access(path, os.W_OK | os.X_OK | os.R_OK, effective_ids=True):
        raise AutosyncError(
            f"cannot add {path}: it can't be read and written",
            hint="let the user of autosyncd read and write it",
        )
    check_not_interrupted(path)


async def survey(path: Path, around: Surroundings) -> Folder:
    """What the folder is; changes nothing. Raises NeedsUserError for what git can't work in."""
    environment = dict(around.environment)
    plain = Git(path, git_environment(environment), around.slots)
    try:
        git, layout = await discover(path, around.slots, environment)
    except NeedsUserError as error:
        if "is not in a git repository" not in error.message:
            raise
        return Folder(path, plain, await _config(plain))
    branch = await current_branch(git, layout)
    ref = branch_ref(branch) if branch else ""
    found = (await read_refs(git, ref)).get(ref) if branch else None
    head = found.commit.id if found else None
    return Folder(path, git, await _config(git), layout, branch, head)


async def check_identity(folder: Folder) -> None:
    """Raise AutosyncError if git does not know in whose name to commit.

    Where the configuration includes files for certain repositories only, that can't be told yet.
    """
    if folder.layout is None and any(key.startswith("includeif.") for key in folder.config.values):
        return
    finished = await folder.git.run("-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT")
    if finished.returncode:
        raise AutosyncError(
            "cannot commit: git does not know who you are; nothing was changed",
            hint='`git config --global user.name "Your Name" && '
            "git config --global user.email you@example.org`",
        )


@asynccontextmanager
async def as_repository(folder: Folder) -> AsyncIterator[tuple[Git, Layout]]:
    """The folder as the repository that it is, or would be: then with a git folder elsewhere."""
    if folder.layout:
        yield folder.git, folder.layout
        return
    with tempfile.TemporaryDirectory(prefix="autosync-look-") as spare:
        control = Path(spare, "git").resolve()
        await folder.git.output("init", "-q", f"--separate-git-dir={control}", f"{spare}/tree")
        root = folder.path.resolve()
        environment = {
            **folder.git.environment,
            "GIT_DIR": os.fspath(control),
            "GIT_WORK_TREE": os.fspath(root),
        }
        git = Git(root, environment, folder.git.slots)
        yield git, Layout(root=root, below=b"", git_dir=control, common_dir=control)


async def nowhere(path: Path, around: Surroundings) -> Folder:
    """The folder in which a repository is to be made, as git sees it from outside of any."""
    git = Git(Path("/"), git_environment(around.environment), around.slots)
    return Folder(path, git, await _config(git))


async def initialize(folder: Folder) -> None:
    """Make the folder a repository; raises AutosyncError."""
    try:
        branch = f"--initial-branch={folder.begins}"
        await folder.git.output("init", "-q", branch, "--", os.fspath(folder.path))
    except GitError as error:
        raise AutosyncError(
            f"cannot make {folder.path} a git repository: {error.message}"
        ) from error


async def _config(git: Git) -> GitConfig:
    return parse_config(await git.output("config", "--includes", "--list", "-z"))
