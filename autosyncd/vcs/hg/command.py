"""Runs Mercurial in command servers: one for what is here, one for what asks a remote."""

import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autosyncd.process import Finished, Slots
from autosyncd.vcs.hg.failures import HgError, failure
from autosyncd.vcs.hg.layout import Layout
from autosyncd.vcs.hg.server import CommandServer
from autosyncd.vcs.tree.signature import Signature, signature_at

EXTENSION = Path(__file__).parent / "extension"
TIMEOUT = 600.0
NETWORK_TIMEOUT = 600.0
REMOTE_IDLE = 10.0
"""Seconds that the server for remotes stays: from a fetch to the push after it."""

_CONFIG = {
    "extensions.autosync": os.fspath(EXTENSION),
    "ui.interactive": "no",
    "ui.timeout": "5",
    "ui.timeout.warn": "0",
    "ui.editor": "false",
    "ui.merge": "internal:fail",
    "ui.paginate": "no",
    "progress.disable": "yes",
    "color.mode": "off",
    "blackbox.track": "!",
}
_SSH = "-oBatchMode=yes -oConnectTimeout=15 -oServerAliveInterval=15 -oServerAliveCountMax=3"
_DROPPED = ("HGMERGE", "HGEDITOR", "HGUSER_PROMPT", "HG_PENDING", "HGPLAINEXCEPT", "PYTHONPATH")


def hg_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What every hg of ours gets: it never prompts, and speaks the same to everybody."""
    kept = {name: value for name, value in environment.items() if name not in _DROPPED}
    return {
        **kept,
        "HGPLAIN": "1",
        "HGENCODING": "utf-8",
        "HGEDITOR": "false",
        "LC_ALL": "C",
        "SSH_ASKPASS_REQUIRE": "never",
    }


def options() -> tuple[str, ...]:
    """The settings that every hg of ours gets on its command line."""
    given = (f"{key}={value}" for key, value in _CONFIG.items())
    return ("--noninteractive", *(word for pair in given for word in ("--config", pair)))


@dataclass(slots=True)
class Hg:
    """The hg of one working copy."""

    layout: Layout
    environment: Mapping[str, str]
    slots: Slots
    _server: CommandServer = field(init=False)
    _remotes: CommandServer = field(init=False)
    _settings: tuple[Signature | None, ...] | None = None
    _said: dict[tuple[str, ...], Finished] = field(default_factory=dict)

    def __post_init__(self) -> None:
        root = self.layout.root
        argv = ("hg", "serve", "--cmdserver", "pipe", "-R", str(root), *options())
        self._server = CommandServer(argv, root, self.environment)
        self._remotes = CommandServer(argv, root, self.environment, idle=REMOTE_IDLE)

    @property
    def settings(self) -> tuple[Path, ...]:
        """The files of settings of this working copy and this user (`hg help config`)."""
        home = Path(self.environment.get("HOME", "/"))
        config = Path(self.environment.get("XDG_CONFIG_HOME") or home / ".config")
        return (self.layout.control / "hgrc", home / ".hgrc", config / "hg" / "hgrc")

    async def ask(self, operation: str, **arguments: Any) -> Any:
        """Have our extension do something; paths are text as `text` makes it.

        Raises RetryError where somebody else uses the repository, NeedsUserError, HgError.
        """
        file = self.layout.own / f"ask-{secrets.token_hex(8)}.json"
        file.parent.mkdir(exist_ok=True)
        try:
            file.write_text(json.dumps({"do": operation, "with": arguments}))
            finished = await self.say("autosync-ask", os.fspath(file))
            if finished.returncode:
                raise await self._failed(operation, finished)
            return json.loads(file.read_bytes())
        finally:
            file.unlink(missing_ok=True)

    async def _failed(self, operation: str, finished: Finished) -> Exception:
        error = failure(operation, finished)
        if isinstance(error, HgError):
            await self._server.close()  # it may be the fault of this process alone
        return error

    async def say(self, *arguments: str | bytes, timeout: float = TIMEOUT) -> Finished:
        """Run a command in the server; its exit code is the caller's."""
        await self._read_settings_again()
        async with self.slots.take():
            return await self._server.run([os.fsencode(word) for word in arguments], timeout)

    async def setting(self, *arguments: str) -> Finished:
        """What a command says of the settings, asked once for as long as they stay the same."""
        await self._read_settings_again()
        if arguments not in self._said:
            self._said[arguments] = await self.say(*arguments)
        return self._said[arguments]

    async def outside(self, *arguments: str, ssh: str | None = None) -> Finished:
        """Run a command that asks a remote, in a server of its own: it may take long, and what is
        asked of the repository meanwhile does not wait for it."""
        await self._read_settings_again()
        words = (*arguments[:1], "--config", f"ui.ssh={ssh or 'ssh'} {_SSH}", *arguments[1:])
        async with self.slots.take(network=True):
            return await self._remotes.run([os.fsencode(word) for word in words], NETWORK_TIMEOUT)

    async def close(self) -> None:
        """End the command servers."""
        await self._server.close()
        await self._remotes.close()

    async def _read_settings_again(self) -> None:
        """The servers read the settings once, when they start, and their own program bit by bit."""
        program = shutil.which("hg", path=self.environment.get("PATH")) or "hg"
        now = tuple(signature_at(file.resolve()) for file in (*self.settings, Path(program)))
        if self._settings is not None and now != self._settings:
            self._said.clear()
            await self.close()
        self._settings = now


def text(path: bytes) -> str:
    """A path as the extension's JSON has it."""
    return path.decode("latin-1")


def raw(path: str) -> bytes:
    """A path of the extension's JSON."""
    return path.encode("latin-1")
