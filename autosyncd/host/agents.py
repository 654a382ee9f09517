"""The user's ssh agent, for a daemon that was started outside of the session that knows it."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

SOCKETS = (
    "ssh-agent.socket",
    "openssh_agent",
    "gcr/ssh",
    "keyring/ssh",
    "gnupg/S.gpg-agent.ssh",
)
"""Below XDG_RUNTIME_DIR, where the sockets of OpenSSH's unit (Debian, Arch), GNOME's agents and
gpg-agent are; the first that is there counts."""


def with_agent(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment with SSH_AUTH_SOCK, if it lacks it and an agent listens where they do."""
    runtime = environment.get("XDG_RUNTIME_DIR")
    if "SSH_AUTH_SOCK" in environment or not runtime:
        return dict(environment)
    sockets = (Path(runtime) / name for name in SOCKETS)
    found = next((socket for socket in sockets if _ours(socket)), None)
    return {**environment, **({"SSH_AUTH_SOCK": str(found)} if found else {})}


def _ours(path: Path) -> bool:
    try:
        status = path.stat()
    except OSError:
        return False
    return stat.S_ISSOCK(status.st_mode) and status.st_uid == os.geteuid()
