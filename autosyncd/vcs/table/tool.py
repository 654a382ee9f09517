"""Runs a tool's commands, and translates what it complains about."""

import asyncio
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from autosyncd.config.model import Commands, VcsTable
from autosyncd.errors import (
    AutosyncError,
    NeedsUserError,
    OfflineError,
    ProgramTimeoutError,
    RejectedError,
    RemoteNeedsUserError,
    RetryError,
    ToolError,
)
from autosyncd.process import Finished, Slots, run
from autosyncd.vcs.table.absent import check_program, not_started
from autosyncd.vcs.table.answers import Answer, Answering, sources_at
from autosyncd.vcs.table.locks import STALE_AFTER, free
from autosyncd.vcs.table.words import runs
from autosyncd.vcs.tree.storage import storage_trouble

LOCAL_TIMEOUT = 600.0
NETWORK_TIMEOUT = 3600.0

QUIET: Mapping[str, str] = {
    "LC_ALL": "C.UTF-8",
    "LANGUAGE": "",
    "EDITOR": "false",
    "VISUAL": "false",
    "SVN_EDITOR": "false",
    "BRZ_EDITOR": "false",
    "BRZ_PROGRESS_BAR": "none",
    "DARCS_EDITOR": "false",
    "DARCS_DONT_COLOR": "1",
    "DARCS_ALWAYS_COLOR": "0",
    "DARCS_DONT_ESCAPE_ANYTHING": "1",
    "PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "SSH_ASKPASS_REQUIRE": "never",
    "SVN_SSH": "ssh -q -o BatchMode=yes",
    "DARCS_SSH": "ssh -o BatchMode=yes",
    "DARCS_SCP": "scp -o BatchMode=yes",
    "DARCS_SFTP": "sftp -o BatchMode=yes",
}
"""No language but English, no editor, no question; what the user has set for ssh stays."""

_SSH = ("SVN_SSH", "DARCS_SSH", "DARCS_SCP", "DARCS_SFTP")

_OFFLINE = re.compile(
    r"could ?n[o']t (?:resolve|connect)|can(?:no|')t (?:connect|resolve)|unable to connect"
    r"|connection (?:refused|reset|timed out|closed)|network (?:is )?(?:unreachable|down)"
    r"|no route to host|name or service not known|temporary failure in name resolution"
    r"|timed out|failed to connect|host is down|unable to open repository|not a branch: \""
    r"|cannot connect|connection error|no such remote|not a (?:fossil )?repository: "
    r"|repository does not exist",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"authoriz|authenticat|permission denied|password|forbidden|login failed|host key verification",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"determine your name|who you are|figure out who|(?:set|supply) your name|no username",
    re.IGNORECASE,
)
_BUSY = re.compile(r"\block(?:ed)?\b|database is locked", re.IGNORECASE)
_SHOWN = 300


class Tool:
    """One tool with one user's environment."""

    def __init__(self, table: VcsTable, environment: Mapping[str, str], slots: Slots) -> None:
        self.table = table
        own = {key: environment[key] for key in _SSH if key in environment}
        self._environment = {**environment, **QUIET, **own, **_author(environment)}
        self._slots = slots
        self._answers: dict[str, Answer] = {}

    async def output(
        self,
        commands: Commands,
        cwd: Path,
        values: Mapping[str, bytes] | None = None,
        paths: Sequence[bytes] = (),
        *,
        network: bool = False,
    ) -> str:
        """What the commands, run in turn, print; raises what the first that fails complains of."""
        printed = []
        for argv in commands:
            for words in runs(argv, values or {}, paths):
                finished = await self.run(words, cwd, network=network)
                if self.failed(finished, network=network):
                    raise self.failure(words, finished, network=network)
                printed.append(finished.stdout)
        return b"".join(printed).decode("utf-8", "surrogateescape")

    async def answer(self, name: Answering, root: Path) -> str:
        """What the commands of this name print, or did when the files that they have it from were
        as they are now."""
        sources = sources_at(root, getattr(self.table.answers_from, name))
        known = self._answers.get(name)
        if known and known.sources == sources:
            return known.text
        text = await self.output(getattr(self.table, name), root)
        if sources:
            self._answers[name] = Answer(sources, text)
        return text

    def commands(self, commands: Commands, values: Mapping[str, bytes]) -> Iterator[list[bytes]]:
        """The commands with the values put in."""
        for argv in commands:
            yield from runs(argv, values, ())

    async def run(self, words: Sequence[bytes], cwd: Path, *, network: bool = False) -> Finished:
        """Run one command to its end, however it ends."""
        async with self._slots.take(network=network):
            try:
                finished = await run(
                    words,
                    cwd=cwd,
                    env=self._environment,
                    timeout=NETWORK_TIMEOUT if network else LOCAL_TIMEOUT,
                )
            except ProgramTimeoutError as error:
                if network:
                    raise OfflineError(error.message) from error
                raise
            except ToolError as error:
                program, path = os.fsdecode(words[0]), self._environment.get("PATH")
                check_program(self.table.name, program, path, network=network)
                raise not_started(error) from error
        if finished.returncode < 0:
            await self.free(cwd, age=0.0)
        return finished

    async def free(self, root: Path, *, age: float = STALE_AFTER) -> bool:
        """Move aside locks in a working copy that a tool left that was killed, `age` seconds ago
        at least; whether none is left."""
        names = self.table.locks
        if not any(os.path.lexists(root / name) for name in names):
            return True
        program = os.path.basename(self.table.status[0][0])
        return await asyncio.to_thread(free, root, names, program, age)

    def failed(self, finished: Finished, *, network: bool = False) -> bool:
        """Whether a command failed, by its exit code or by what it complained of."""
        if finished.returncode:
            return not self.idle(finished)
        if not self.table.failed:
            return False
        said = finished.stderr + (finished.stdout if network else b"")
        return bool(re.search(self.table.failed, said.decode("utf-8", "replace")))

    def idle(self, finished: Finished) -> bool:
        """Whether a command that ended with another code than 0 had nothing to do."""
        form = self.table.nothing
        return bool(finished.returncode > 0 and form and re.search(form, _everything(finished)))

    def _waits(self) -> str | None:
        return "the changes wait in the tree" if self.table.central else None

    def failure(
        self, words: Sequence[bytes], finished: Finished, *, network: bool
    ) -> AutosyncError:
        """The error that a failed command means."""
        said = _said(finished)
        what = f"cannot sync with {self.table.name}: {_named(words)} ended with"
        text = f"{what} {finished.returncode}: {said[:_SHOWN] or 'it said nothing'}"
        if finished.returncode < 0:
            return RetryError(text, hint="it was killed")
        trouble = storage_trouble(_everything(finished), f"sync with {self.table.name}")
        if trouble and not network:
            return trouble
        if self.table.rejected and re.search(self.table.rejected, _everything(finished)):
            return RejectedError(text)
        if _OFFLINE.search(said):
            note = "; it makes no commits without its server" if self.table.central else ""
            return OfflineError(text + note, hint=self._waits())
        if network and _REFUSED.search(said):
            hint = f"make it work by hand without a password: `{_named(words)}`"
            return RemoteNeedsUserError(text, hint=hint)
        if _NOBODY.search(said):
            return NeedsUserError(text, hint=f"tell {self.table.name} who commits, as it says")
        if _BUSY.search(said):
            return RetryError(text, hint=_busy(self.table.name))
        if network:
            return RemoteNeedsUserError(text, hint=f"run `{_named(words)}` by hand")
        return ToolError(text, hint=f"run `{_named(words)}` by hand")


def _busy(name: str) -> str:
    by_hand = f"do what {name} says about its lock"
    return f"another program uses the repository; if none does, one was killed: {by_hand}"


def _said(finished: Finished) -> str:
    text = finished.stderr.strip() or finished.stdout.strip()
    return " ".join(text.decode("utf-8", "replace").split())


def _everything(finished: Finished) -> str:
    return (finished.stderr + b"\n" + finished.stdout).decode("utf-8", "replace")


def _author(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Who commits with darcs, where neither it nor anything else in the environment says so."""
    if environment.get("DARCS_EMAIL") or environment.get("EMAIL"):
        return {}
    user = environment.get("USER") or environment.get("LOGNAME") or f"user-{os.getuid()}"
    return {"DARCS_EMAIL": f"{user}@{os.uname().nodename}"}


def _named(words: Sequence[bytes]) -> str:
    """The program and what it was to do, without paths and messages."""
    program = os.fsdecode(words[0])
    verb = next((os.fsdecode(word) for word in words[1:] if not word.startswith(b"-")), "")
    return f"{program} {verb}".strip() if re.fullmatch(r"[\w./-]{0,40}", verb) else program
