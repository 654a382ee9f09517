"""The ssh command, as git would run it (git-config(1), core.sshCommand)."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from autosyncd.errors import AutosyncError
from autosyncd.process import run

_OPTIONS = (
    "BatchMode=yes",
    "ConnectTimeout=15",
    "ServerAliveInterval=10",
    "ServerAliveCountMax=3",
    "ClearAllForwardings=yes",
    "ForwardAgent=no",
    "ForwardX11=no",
    "PermitLocalCommand=no",
    "ControlMaster=no",
)
"""No prompt, nothing but the watcher, and the end of the link noticed within 40 s."""

_OTHER_PROGRAMS = ("plink", "putty", "tortoiseplink", "simple")
_CONFIG_LIMIT = 10.0


async def ssh_of(root: Path, environment: Mapping[str, str]) -> str | None:
    """The user's ssh for a repository, as text for a shell; None where it is not OpenSSH."""
    program = environment.get("GIT_SSH")
    command = (
        environment.get("GIT_SSH_COMMAND")
        or await _configured(root, environment)
        or (shlex.quote(program) if program else "ssh")
    )
    variant = environment.get("GIT_SSH_VARIANT") or command.lower()
    return None if any(other in variant for other in _OTHER_PROGRAMS) else command


async def _configured(root: Path, environment: Mapping[str, str]) -> str | None:
    arguments = ("git", "config", "--get", "core.sshcommand")
    try:
        finished = await run(arguments, cwd=root, env=environment, timeout=_CONFIG_LIMIT)
    except AutosyncError:
        return None
    return finished.stdout.decode("utf-8", "surrogateescape").rstrip("\n") or None


def argv(command: str, login: str, port: str | None, remote: str) -> tuple[str, ...]:
    """How to run `remote` at `login`; git has a shell split the user's command, too."""
    options = [word for option in _OPTIONS for word in ("-o", option)]
    where = ("-p", port) if port else ()
    return ("sh", "-c", f'exec {command} "$@"', "ssh", *options, "-T", *where, login, remote)
