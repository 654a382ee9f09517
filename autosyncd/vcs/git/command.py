"""How every git command is run: nothing inherited that lies, nothing that prompts or hangs."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from autosyncd.errors import ToolError
from autosyncd.process import Finished, Slots, run
from autosyncd.vcs.git.processes import our_mark

LOCAL_TIMEOUT = 600.0
NETWORK_TIMEOUT = 3600.0
"""Seconds; transfers that stand still are ended long before by ssh's and http's own limits."""

PINNED = {
    "core.quotePath": "false",
    "core.fsmonitor": "false",
    "core.fsync": "all",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "merge.directoryRenames": "false",
    "merge.renormalize": "false",
    "merge.renameLimit": "1000",
    "merge.conflictStyle": "merge",
    "core.filesRefLockTimeout": "3000",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "30",
    "advice.detachedHead": "false",
    "submodule.recurse": "false",
}
NO_HOOKS = {"core.hooksPath": "/dev/null"}

SSH_OPTIONS = "-oBatchMode=yes -oConnectTimeout=15 -oServerAliveInterval=15 -oServerAliveCountMax=3"

_FIXED = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "true",
    "SSH_ASKPASS": "true",
    "SSH_ASKPASS_REQUIRE": "never",
    "GCM_INTERACTIVE": "never",
    "GIT_EDITOR": "false",
    "GIT_SEQUENCE_EDITOR": "false",
    "GIT_MERGE_AUTOEDIT": "no",
    "GIT_PAGER": "cat",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "LC_ALL": "C",
}
_KEPT_GIT_VARIABLES = (
    "GIT_AUTHOR_",
    "GIT_COMMITTER_",
    "GIT_SSH",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_EXEC_PATH",
    "GIT_TEMPLATE_DIR",
    "GIT_SSL_",
    "GIT_PROXY_",
    "GIT_ALLOW_PROTOCOL",
    "GIT_PROTOCOL",
)
_DATES = ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE")


def git_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of our git commands: no leaked `GIT_DIR` and the like, no prompts."""
    kept = {
        key: value
        for key, value in environment.items()
        if key not in _DATES and (not key.startswith("GIT_") or key.startswith(_KEPT_GIT_VARIABLES))
    }
    return {**kept, **_FIXED, **our_mark()}


@dataclass(frozen=True, slots=True)
class Git:
    """Runs git in one folder. `environment` is complete, as `git_environment` made it."""

    folder: Path
    environment: Mapping[str, str]
    slots: Slots

    async def run(
        self,
        *arguments: str | bytes,
        stdin: bytes = b"",
        index: Path | None = None,
        environment: Mapping[str, str] | None = None,
        timeout: float = LOCAL_TIMEOUT,
        network: bool = False,
        hooks: bool = False,
        hear: Callable[[bytes], None] | None = None,
    ) -> Finished:
        """Run a git command to its end, whatever its exit code.

        `index` replaces the index file, `environment` adds to ours, `hear` gets what it says on
        stderr as it comes. Raises ToolError and
        ProgramTimeoutError.
        """
        extra = dict(environment or {})
        if index:
            extra["GIT_INDEX_FILE"] = os.fspath(index)
        async with self.slots.take(network=network):
            return await run(
                ("git", *_options(hooks=hooks), *arguments),
                cwd=self.folder,
                env={**self.environment, **extra},
                stdin=stdin,
                timeout=timeout,
                hear=hear,
            )

    async def output(
        self,
        *arguments: str | bytes,
        stdin: bytes = b"",
        index: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> bytes:
        """What a git command that must succeed says; raises GitError if it fails."""
        finished = await self.run(*arguments, stdin=stdin, index=index, environment=environment)
        if finished.returncode:
            raise GitError(arguments, finished)
        return finished.stdout

    async def line(
        self,
        *arguments: str | bytes,
        stdin: bytes = b"",
        index: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> str:
        """The one line that a git command that must succeed prints; raises GitError."""
        out = await self.output(*arguments, stdin=stdin, index=index, environment=environment)
        return os.fsdecode(out.rstrip(b"\n"))


class GitError(ToolError):
    """A git command failed; `finished` is what it said."""

    def __init__(self, arguments: tuple[str | bytes, ...], finished: Finished) -> None:
        said = finished.complaint.splitlines()
        why = said[-1] if said else f"exit code {finished.returncode}"
        super().__init__(f"cannot run git {os.fsdecode(arguments[0])}: {why}")
        self.finished = finished


def _options(*, hooks: bool) -> tuple[str, ...]:
    settings = PINNED if hooks else {**PINNED, **NO_HOOKS}
    return tuple(part for key, value in settings.items() for part in ("-c", f"{key}={value}"))
