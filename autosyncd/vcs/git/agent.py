"""Which keys ssh could offer where it must not ask: those of the agent, and those in files."""

import os
import pwd
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from autosyncd.core.urls import SshPlace
from autosyncd.errors import AutosyncError
from autosyncd.process import run
from autosyncd.vcs.git.access import copy_id

LIMIT = 10.0
_NO_KEYS, _NO_AGENT = 1, 2
"""Exit codes of `ssh-add -l` (ssh-add(1), EXIT STATUS)."""


class Agent(Enum):
    """The ssh agent as the environment gives it."""

    ABSENT = auto()
    DEAD = auto()
    EMPTY = auto()
    HAS_KEYS = auto()


@dataclass(frozen=True, slots=True)
class Keys:
    """What ssh has: the agent, and the files of keys, those with a passphrase apart."""

    agent: Agent
    open: tuple[Path, ...]
    locked: tuple[Path, ...]


async def keys_of(ssh: Sequence[str], place: SshPlace, environment: Mapping[str, str]) -> Keys:
    """Look at the agent, and at the files that ssh would offer there, asking nobody for anything.

    `ssh` is the user's ssh command; what it would do is its own answer (ssh(1), -G).
    """
    settings = await _settings((*ssh, "-G", *place.arguments), environment)
    files = [file for word in settings.get("identityfile", ()) if (file := _home(word)).is_file()]
    opened = [file for file in files if await _opens(file, environment)]
    locked = tuple(file for file in files if file not in opened)
    chosen = settings.get("identityagent", ["SSH_AUTH_SOCK"])[0]
    known = environment if chosen == "SSH_AUTH_SOCK" else {**environment, "SSH_AUTH_SOCK": chosen}
    agent = Agent.ABSENT if chosen == "none" else await _agent(known)
    return Keys(agent, tuple(opened), locked)


def missing_key(keys: Keys, place: SshPlace) -> tuple[str, str]:
    """Why a server accepts none of them, and the command that mends it."""
    who = place.destination
    if keys.agent is Agent.HAS_KEYS or keys.open:
        return f"{who} accepts none of the keys that ssh has here", f"`{copy_id(place)}`"
    if not keys.locked:
        return (
            f"ssh has no key here that {who} could accept",
            f"`ssh-keygen -t ed25519 && {copy_id(place)}`",
        )
    file = shlex.quote(os.fspath(keys.locked[0]))
    match keys.agent:
        case Agent.EMPTY:
            return (
                "the ssh agent has no key, and that in the file has a passphrase",
                f"`ssh-add {file}`",
            )
        case Agent.DEAD:
            why = "the ssh agent that autosyncd knows (SSH_AUTH_SOCK) has gone"
        case _:
            why = "the ssh key has a passphrase, and autosyncd knows no agent (SSH_AUTH_SOCK)"
    return why, f"`ssh-add {file}`; then start autosyncd where the agent is: {_REACH_AGENT}"


_REACH_AGENT = (
    "`systemctl --user import-environment SSH_AUTH_SOCK && systemctl --user restart autosyncd`, "
    "or autosyncd in that terminal"
)


async def _agent(environment: Mapping[str, str]) -> Agent:
    if not environment.get("SSH_AUTH_SOCK"):
        return Agent.ABSENT
    try:
        finished = await run(("ssh-add", "-l"), cwd="/", env=environment, timeout=LIMIT)
    except AutosyncError:
        return Agent.DEAD
    known = {0: Agent.HAS_KEYS, _NO_KEYS: Agent.EMPTY, _NO_AGENT: Agent.DEAD}
    return known.get(finished.returncode, Agent.DEAD)


async def _settings(argv: Sequence[str], environment: Mapping[str, str]) -> Mapping[str, list[str]]:
    finished = await run(argv, cwd="/", env=environment, timeout=LIMIT)
    found: dict[str, list[str]] = {}
    for line in finished.stdout.decode("utf-8", "surrogateescape").splitlines():
        key, _, value = line.partition(" ")
        found.setdefault(key, []).append(value)
    return found


def _home(word: str) -> Path:
    """A path as ssh takes it: the home is that of the system's list of users, whatever HOME."""
    if not word.startswith("~/"):
        return Path(word)
    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir, word[2:])
    except KeyError:
        return Path(word)


async def _opens(file: Path, environment: Mapping[str, str]) -> bool:
    """Whether a key's file needs no passphrase."""
    argv = ("ssh-keygen", "-y", "-P", "", "-f", os.fspath(file))
    try:
        finished = await run(argv, cwd="/", env=environment, timeout=LIMIT)
    except AutosyncError:
        return False
    return finished.returncode == 0
