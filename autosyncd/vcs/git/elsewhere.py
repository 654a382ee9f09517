"""A remote of which only the URL is known: asking what it has, and creating it where it is not."""

import os
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autosyncd.core.urls import SshPlace, local_path, ssh_place, without_passwords
from autosyncd.errors import AutosyncError, OfflineError, ProgramTimeoutError, RemoteNeedsUserError
from autosyncd.process import Finished, run
from autosyncd.vcs.git.access import Obstacle, explain, obstacle
from autosyncd.vcs.git.agent import keys_of, missing_key
from autosyncd.vcs.git.command import NETWORK_TIMEOUT, Git
from autosyncd.vcs.git.progress import without_progress
from autosyncd.vcs.git.refs import branch_ref
from autosyncd.vcs.git.settings import GitConfig
from autosyncd.vcs.git.transfer import ssh_command

LIMIT = 60.0
"""Seconds within which a remote tells what it has."""

_HEAD = re.compile(r"ref: refs/heads/(.+)\tHEAD")


@dataclass(frozen=True, slots=True)
class Contents:
    """What a remote has: the commits of its branches, and the branch that a clone would get."""

    branches: Mapping[str, str]
    head: str | None

    @property
    def first(self) -> str | None:
        """The branch to take: that of HEAD, or the only one there is."""
        if self.head in self.branches:
            return self.head
        return next(iter(self.branches)) if len(self.branches) == 1 else None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A remote at `url`; `git` runs here, with its environment, in any folder."""

    url: str
    git: Git
    config: GitConfig

    @property
    def shown(self) -> str:
        """The URL as people may see it."""
        return without_passwords(self.url)

    async def ask(self) -> Contents | None:
        """What it has; None if there is no repository there.

        Raises OfflineError and RemoteNeedsUserError, with the command that mends it.
        """
        finished = await self._git("ls-remote", "--symref", "--", self.url, "HEAD", "refs/heads/*")
        if not finished.returncode:
            return _contents(finished.stdout.decode("utf-8", "surrogateescape"))
        if obstacle(finished.complaint) is Obstacle.NO_REPOSITORY:
            return None
        raise await self._failure(finished.complaint)

    async def create(self, branch: str) -> None:
        """Make an empty bare repository there, whose HEAD is `branch`.

        Raises RemoteNeedsUserError where that can't be done from here.
        """
        if (path := local_path(self.url)) is not None:
            await self._create_here(Path(path), branch)
        elif place := ssh_place(self.url):
            await self._create_by_ssh(place, branch)
        else:
            raise RemoteNeedsUserError(
                f"there is no repository at {self.shown}, and it can't be created from here",
                hint="create an empty one on the host's web page, without a README, and try again",
            )

    async def point_head(self, branch: str) -> None:
        """Let HEAD there name the branch, so that a plain clone gets it; where there is no shell,
        the host chooses by itself."""
        if (path := local_path(self.url)) is not None:
            await self.git.run(f"--git-dir={path}", "symbolic-ref", "HEAD", branch_ref(branch))
        elif place := ssh_place(self.url):
            await self._ssh(place, _head_command(place, branch))

    async def has(self, commit: str) -> bool:
        """Whether the repository here has this commit of the remote's; fetches it if need be."""
        there = await self.git.run("cat-file", "-e", f"{commit}^{{commit}}")
        return not there.returncode

    async def fetch(self, branch: str) -> None:
        """Get a branch's commits into the object database here, and nothing else."""
        finished = await self._git(
            *("fetch", "-q", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance"),
            *("--no-recurse-submodules", "--", self.url, branch_ref(branch)),
            timeout=NETWORK_TIMEOUT,
        )
        if finished.returncode:
            raise await self._failure(finished.complaint)

    async def clone(
        self,
        target: Path,
        *,
        remote: str,
        branch: str,
        unborn: bool,
        hear: Callable[[bytes], None],
    ) -> Finished:
        """Clone it into a new or empty folder; `hear` gets git's progress as it comes.

        An `unborn` branch is one that nobody has pushed yet.
        """
        chosen = ("-c", f"init.defaultBranch={branch}") if unborn else ()
        wanted = () if unborn else (f"--branch={branch}",)
        return await self._git(
            *chosen,
            *("clone", "--progress", f"--origin={remote}", *wanted),
            *("--no-recurse-submodules", "--", self.url, os.fspath(target)),
            timeout=NETWORK_TIMEOUT,
            hear=hear,
        )

    async def refuses_push(self, commit: str, ref: str) -> str | None:
        """What git complains about if this were pushed; None if it would be taken. Nothing is."""
        finished = await self._git(
            *("push", "--dry-run", "--no-verify", "--porcelain", "--recurse-submodules=no"),
            *("--", self.url, f"{commit}:{ref}"),
        )
        return finished.complaint if finished.returncode else None

    async def headers(self) -> str:
        """What a web server says of itself before it answers, without any secret in it."""
        finished = await self._git("ls-remote", "--", self.url, "HEAD", curl=True)
        return finished.complaint

    async def shell(self, command: str) -> str | None:
        """What a command prints at the server; None where there is no ssh, or no shell."""
        place = ssh_place(self.url)
        finished = await self._ssh(place, command) if place else None
        if finished is None or finished.returncode:
            return None
        return finished.stdout.decode("utf-8", "replace").strip()

    async def why_not(self, complaint: str) -> tuple[str, str | None]:
        """Why it could not be reached, and the command that mends it."""
        ssh = ssh_argv(self.git.environment, self.config)
        said = without_progress(complaint.encode("utf-8", "replace")).decode("utf-8", "replace")
        lines = (line for line in said.splitlines() if not line.startswith("Cloning into "))
        return await why_not("\n".join(lines), self.url, ssh, self.git.environment)

    async def _create_here(self, path: Path, branch: str) -> None:
        if not path.parent.is_dir():
            raise RemoteNeedsUserError(
                f"there is no folder {path.parent} to create the repository in",
                hint="is a disk not mounted? Else: "
                f"`mkdir -p {shlex.quote(os.fspath(path.parent))}`",
            )
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise _occupied(os.fspath(path))
        options = ("-q", "--bare", f"--initial-branch={branch}")
        finished = await self.git.run("init", *options, "--", os.fspath(path))
        if finished.returncode:
            raise RemoteNeedsUserError(
                f"cannot create {path}: {finished.complaint}",
                hint="create a repository there yourself, and try again",
            )

    async def _create_by_ssh(self, place: SshPlace, branch: str) -> None:
        there = await self._ssh(place, f"ls -A {place.quoted_path}")
        if not there.returncode and there.stdout.strip():
            raise _occupied(self.shown)
        command = f"git init -q --bare {place.quoted_path} && {_head_command(place, branch)}"
        finished = await self._ssh(place, command)
        if finished.returncode or await self.ask() is None:
            said = (finished.complaint or finished.stdout.decode("utf-8", "replace")).splitlines()
            why = f" ({said[-1].strip()})" if said else ""
            raise RemoteNeedsUserError(
                f"there is no repository at {self.shown}, and no shell there that creates one{why}",
                hint="create an empty one there, without a README, and try again",
            )

    async def _ssh(self, place: SshPlace, command: str) -> Finished:
        try:
            return await run(
                (*ssh_argv(self.git.environment, self.config), *place.arguments, command),
                cwd=self.git.folder,
                env=self.git.environment,
                timeout=LIMIT,
            )
        except ProgramTimeoutError as error:
            raise OfflineError(f"{self.shown} does not answer: {error.message}") from error

    async def _git(
        self,
        *arguments: str,
        timeout: float = LIMIT,
        hear: Callable[[bytes], None] | None = None,
        curl: bool = False,
    ) -> Finished:
        command = ssh_command(self.git.environment, self.config)
        extra = {"GIT_CURL_VERBOSE": "1", "GIT_TRACE_CURL_NO_DATA": "1"} if curl else {}
        try:
            return await self.git.run(
                *arguments,
                environment={**extra, **({"GIT_SSH_COMMAND": command} if command else {})},
                timeout=timeout,
                network=True,
                hear=hear,
            )
        except ProgramTimeoutError as error:
            raise OfflineError(f"{self.shown} does not answer: {error.message}") from error

    async def _failure(self, complaint: str) -> AutosyncError:
        message, hint = await self.why_not(complaint)
        offline = obstacle(complaint) in (Obstacle.NO_HOST, Obstacle.NO_ANSWER, Obstacle.OTHER)
        return (OfflineError if offline else RemoteNeedsUserError)(message, hint=hint)


async def why_not(
    complaint: str, url: str, ssh: Sequence[str], environment: Mapping[str, str]
) -> tuple[str, str | None]:
    """Why a remote can't be reached, and the exact command that mends it."""
    place = ssh_place(url)
    if place and obstacle(complaint) is Obstacle.KEY_REFUSED:
        return missing_key(await keys_of(ssh, place, environment), place)
    return explain(complaint, url)


def ssh_argv(environment: Mapping[str, str], config: GitConfig) -> tuple[str, ...]:
    """The user's ssh as an argument list, such that it asks for nothing."""
    command = ssh_command(environment, config) or "ssh"
    try:
        return tuple(shlex.split(command))
    except ValueError:
        return ("ssh", "-oBatchMode=yes")


def _head_command(place: SshPlace, branch: str) -> str:
    ref = shlex.quote(branch_ref(branch))
    return f"git -C {place.quoted_path} symbolic-ref HEAD {ref}"


def _occupied(where: str) -> RemoteNeedsUserError:
    return RemoteNeedsUserError(
        f"there is no git repository at {where}, but other files are",
        hint="choose another URL; nothing there was touched",
    )


def _contents(out: str) -> Contents:
    head, branches = None, {}
    for line in out.splitlines():
        if found := _HEAD.fullmatch(line):
            head = found[1]
        elif "\trefs/heads/" in line:
            commit, _, ref = line.partition("\t")
            branches[ref.removeprefix("refs/heads/")] = commit
    return Contents(branches, head)
