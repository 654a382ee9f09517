"""Fetching from and pushing to a remote."""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace

from autosyncd.core.urls import ssh_place
from autosyncd.errors import OfflineError, ProgramTimeoutError, RemoteNeedsUserError
from autosyncd.process import Finished
from autosyncd.ssh.connections import Connections
from autosyncd.ssh.route import Route
from autosyncd.vcs.git.ancestry import begun_by_autosync
from autosyncd.vcs.git.command import NETWORK_TIMEOUT, SSH_OPTIONS, Git
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.progress import Progress, Tell, without_progress
from autosyncd.vcs.git.refs import branch_commit, needed_branch
from autosyncd.vcs.git.remote import cut_off, fetch_failure, no_such_branch, push_failure
from autosyncd.vcs.git.seen import rewritten, unrelated
from autosyncd.vcs.git.settings import GitConfig
from autosyncd.vcs.git.standing import Inspector, View
from autosyncd.vcs.git.upstream import Upstream, unknown_remote

_FETCH = (
    *("fetch", "-q", "--progress", "--no-tags", "--no-prune", "--no-write-fetch-head"),
    *("--no-auto-maintenance", "--no-recurse-submodules"),
)
_PUSH = (
    *("push", "--porcelain", "--progress", "--no-follow-tags", "--recurse-submodules=no"),
    *("--no-force", "--no-force-with-lease"),
)
_OTHER_PROGRAMS = ("plink", "putty", "tortoiseplink", "simple")


@dataclass(frozen=True, slots=True)
class Transfer:
    """Talks to the remote of one working tree; touches no working tree."""

    git: Git
    layout: Layout
    inspector: Inspector
    tell_progress: Tell
    connections: Connections

    async def fetch(self) -> None:
        """Ask the remote for its branch; the errors are those of `Repository.fetch`."""
        view, upstream = await self.know()
        finished = await self._run(view, *_FETCH, upstream.remote, _refspec(upstream))
        if no_such_branch(finished):
            if view.seen or view.tracking:
                raise _deleted(upstream)
            return
        if finished.returncode:
            raise fetch_failure(finished, upstream, await self._url(upstream))
        if view.seen is None and view.tracking is not None:
            await self._record(upstream, view.tracking)
        await self._accept(upstream)

    async def ssh(self) -> str | None:
        """The user's ssh with options against hanging; None where it would not know them."""
        return ssh_command(self.git.environment, await self.inspector.config.read())

    async def push(self, commit: str, branch: str) -> int:
        """Give the remote of `branch` a commit, never forced, whatever is checked out by now; the
        errors are those of `Repository.push`."""
        view, upstream = await self.know(branch)
        if view.tip.rewritten:
            raise rewritten(upstream)
        finished = await self._run(
            view, *_PUSH, upstream.remote, f"{commit}:{upstream.ref}", hooks=True
        )
        if finished.returncode:
            url = await self._url(upstream)
            if problem := push_failure(finished, upstream, url):
                raise problem
        count = await self.inspector.commits.count(commit, view.tip.commit)
        await self._record(upstream, commit)
        return count

    async def know(self, branch: str | None = None) -> tuple[View, Upstream]:
        """Read where a branch (None: the one that is checked out) goes; raises
        RemoteNeedsUserError if that is nowhere."""
        view = await self.inspector.view(branch or await needed_branch(self.git, self.layout))
        if view.upstream is None:
            raise RemoteNeedsUserError(
                f"{self.layout.root} has no remote",
                hint=f"`git -C {shlex.quote(str(self.layout.root))} remote add origin URL`",
            )
        if not view.upstream.known:
            raise unknown_remote(view.upstream, view.config.remotes)
        return view, view.upstream

    async def push_url(self) -> str | None:
        """Where a push goes."""
        _, upstream = await self.know()
        finished = await self.git.run("remote", "get-url", "--push", upstream.remote)
        return os.fsdecode(finished.stdout.rstrip(b"\n")) or None

    async def position(self) -> tuple[str, str | None]:
        """The branch that is checked out, and its commit (None: it has none yet)."""
        branch = await needed_branch(self.git, self.layout)
        return branch, await branch_commit(self.git, self.layout, branch)

    async def _accept(self, upstream: Upstream) -> None:
        """Make what was fetched our record, unless it is no continuation of what we have."""
        view, _ = await self.know()
        if view.tip.rewritten:
            raise rewritten(upstream)
        tip = view.tip.commit
        if tip is None or view.upstream != upstream:
            return
        if view.seen != tip:
            await self._record(upstream, tip)
        await self._check_related(view, upstream, tip)

    async def _check_related(self, view: View, upstream: Upstream, tip: str) -> None:
        head, commits = view.head_id, self.inspector.commits
        if head is None or head == tip or await commits.related(head, tip):
            return
        if (self.layout.common_dir / "shallow").exists():
            arguments = (*_FETCH, "--unshallow", upstream.remote, _refspec(upstream))
            finished = await self._run(view, *arguments)
            if finished.returncode:
                raise fetch_failure(finished, upstream, await self._url(upstream))
            if await commits.related(head, tip):
                return
        if not (await begun_by_autosync(self.git, head) and await begun_by_autosync(self.git, tip)):
            raise unrelated(upstream)

    async def _run(self, view: View, *arguments: str, hooks: bool = False) -> Finished:
        command = ssh_command(self.git.environment, view.config)
        async with self.connections.borrow(await self._route(view, arguments[0])) as loan:
            ssh = {"GIT_SSH_COMMAND": f"{command} {loan.options}"} if command else None
            try:
                finished = await self.git.run(
                    *arguments,
                    environment=ssh,
                    timeout=NETWORK_TIMEOUT,
                    network=True,
                    hooks=hooks,
                    hear=Progress(self.tell_progress).hear,
                )
            except ProgramTimeoutError as error:
                loan.failed = True
                raise OfflineError(f"cannot {arguments[0]}: {error.message}") from error
            finished = replace(finished, stderr=without_progress(finished.stderr))
            loan.failed = cut_off(finished)
        return finished

    async def _route(self, view: View, action: str) -> Route | None:
        """How ssh gets to the remote, if it is reached by an OpenSSH."""
        command = user_ssh(self.git.environment, view.config)
        if command is None or view.upstream is None:
            return None
        url = await self.inspector.url(view, push=action == "push")
        place = ssh_place(url) if url else None
        return Route(command, self.git.environment, place) if place else None

    async def _record(self, upstream: Upstream, commit: str) -> None:
        await self.git.output("update-ref", upstream.seen, commit)

    async def _url(self, upstream: Upstream) -> str:
        finished = await self.git.run("remote", "get-url", upstream.remote)
        return os.fsdecode(finished.stdout.rstrip(b"\n"))


def ssh_command(environment: Mapping[str, str], config: GitConfig) -> str | None:
    """The user's ssh with options against hanging; None where it would not know them."""
    command = user_ssh(environment, config)
    return f"{command} {SSH_OPTIONS}" if command else None


def user_ssh(environment: Mapping[str, str], config: GitConfig) -> str | None:
    """The user's ssh, as text for a shell; None for another program than OpenSSH."""
    program = environment.get("GIT_SSH")
    command = (
        environment.get("GIT_SSH_COMMAND")
        or config.get("core.sshcommand")
        or (shlex.quote(program) if program else "ssh")
    )
    variant = environment.get("GIT_SSH_VARIANT") or config.get("ssh.variant") or command.lower()
    return None if any(other in variant for other in _OTHER_PROGRAMS) else command


def _refspec(upstream: Upstream) -> str:
    return f"+{upstream.ref}:{upstream.tracking}"


def _deleted(upstream: Upstream) -> RemoteNeedsUserError:
    return RemoteNeedsUserError(
        f"the branch {upstream.branch} was deleted at {upstream.remote}",
        hint=f"to bring it back: `git push {upstream.remote} {upstream.branch}`",
    )
