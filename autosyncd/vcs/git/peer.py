"""Fetching objects straight from another machine's working copy.

Only objects come from there, below refs of ours: what the branch is, the remote alone says.
Every object is checked (git-config(1), transfer.fsckObjects), and an id stands for its content.
"""

import asyncio
import hashlib
import re
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from autosyncd.core.peers import over_network
from autosyncd.errors import OfflineError, ProgramTimeoutError
from autosyncd.process import Finished
from autosyncd.vcs.git.command import NETWORK_TIMEOUT, Git
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.refs import names_below
from autosyncd.vcs.git.remote import main_line

ANSWER = 2.0
"""Seconds in which a peer has to begin to answer."""

SILENCE = 10.0
"""Seconds that it may be silent later on."""

REFS = "refs/autosync/peers"

_STRICT = ("-c", "transfer.fsckObjects=true", "-c", "fetch.fsckObjects=true")
_FETCH = (
    *(*_STRICT, "-c", "http.followRedirects=false", "fetch", "--progress", "--no-tags"),
    *("--no-prune", "--no-write-fetch-head", "--no-auto-maintenance", "--no-recurse-submodules"),
)
_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_PATIENT = "-oConnectTimeout=15"


@dataclass(slots=True)
class PeerFetch:
    """Fetches from peers for one repository; `kept` while there may be refs of theirs."""

    git: Git
    layout: Layout
    kept: bool = True

    async def take(self, url: str, commit: str, ssh: str | None) -> bool:
        """Have a commit with all that it is made of; False if it is here already.

        `ssh` is the user's ssh with our options. Raises OfflineError.
        """
        if not _ID.fullmatch(commit) or await self._is_here(commit):
            return False
        self.kept = True
        where = hashlib.sha256(url.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        fetch = Watched()
        finished = await fetch.finish(
            self.git.run(
                *(*_FETCH, "--", url, f"+{commit}:{REFS}/{where}"),
                environment=_environment(url, ssh),
                timeout=NETWORK_TIMEOUT,
                network=True,
                hear=fetch.hear,
            )
        )
        if finished.returncode:
            raise OfflineError(f"cannot fetch from it: {main_line(finished.complaint)}")
        return True

    async def forget(self) -> None:
        """The remote has said what counts; nothing is kept for its own sake."""
        if not self.kept:
            return
        refs = await names_below(self.git, self.layout, f"{REFS}/")
        if refs:
            lines = "".join(f"delete {name}\n" for name in refs)
            await self.git.output("update-ref", "--stdin", stdin=lines.encode())
        self.kept = False

    async def _is_here(self, commit: str) -> bool:
        return not (await self.git.run("cat-file", "-e", f"{commit}^{{commit}}")).returncode


class Watched:
    """Waits for a command that has to say something often enough."""

    def __init__(self) -> None:
        self._said = asyncio.Event()

    def hear(self, _said: bytes) -> None:
        """It said something."""
        self._said.set()

    async def finish(self, command: Coroutine[Any, Any, Finished]) -> Finished:
        """Its end. Raises OfflineError if it was silent for too long, and is ended then."""
        running = asyncio.ensure_future(command)
        limit = ANSWER
        try:
            while not running.done():
                self._said.clear()
                said = asyncio.ensure_future(self._said.wait())
                done, _ = await asyncio.wait(
                    (running, said), timeout=limit, return_when=asyncio.FIRST_COMPLETED
                )
                said.cancel()
                if not done:
                    raise OfflineError(f"it says nothing for {limit:g} s")
                limit = SILENCE
            return running.result()
        except ProgramTimeoutError as error:
            raise OfflineError(error.message) from error
        finally:
            if not running.done():
                running.cancel()
                await asyncio.wait({running})


def _environment(url: str, ssh: str | None) -> dict[str, str]:
    """Only what reaches other machines, and paths where they were named on purpose."""
    allowed = "ssh:git:http:https" if over_network(url) else "file"
    if ssh is None:
        return {"GIT_ALLOW_PROTOCOL": allowed}
    quick = ssh.replace(_PATIENT, f"-oConnectTimeout={ANSWER:.0f}")
    return {"GIT_ALLOW_PROTOCOL": allowed, "GIT_SSH_COMMAND": quick}
