"""Where the control socket is, and where state is kept; looks at the environment alone."""

from collections.abc import Mapping
from pathlib import Path

SYSTEM_SOCKET = Path("/run/autosync/control.sock")

SOCKET_PATH_LIMIT = 107
"""The longest path of a Unix socket in bytes (unix(7): sun_path holds 108 with its final NUL)."""


def socket_path(
    environment: Mapping[str, str],
    *,
    uid: int,
    given: str | None = None,
    configured: Path | None = None,
) -> Path | None:
    """The socket by the contract's order, or None where no rule gives one."""
    runtime = environment.get("XDG_RUNTIME_DIR")
    if chosen := given or environment.get("AUTOSYNC_SOCKET"):
        return Path(chosen).expanduser()
    if configured:
        return configured
    if runtime:
        return Path(runtime) / "autosync" / "control.sock"
    if uid == 0:
        return SYSTEM_SOCKET
    return None


def lock_path(socket: Path) -> Path:
    """What a daemon holds a lock of as long as it serves `socket`; its process id is inside,
    nothing once it ended as it was asked to."""
    return socket.with_name(f"{socket.name}.lock")


def state_directory(environment: Mapping[str, str], *, home: Path) -> Path:
    """Where pauses and the journal are kept."""
    if given := environment.get("STATE_DIRECTORY"):
        return Path(given.split(":")[0])
    base = environment.get("XDG_STATE_HOME")
    return (Path(base) if base else home / ".local" / "state") / "autosync"


def config_candidates(environment: Mapping[str, str], *, home: Path) -> tuple[Path, ...]:
    """Where a configuration is looked for when none is named; the first that exists is used."""
    base = environment.get("XDG_CONFIG_HOME")
    user = (Path(base) if base else home / ".config") / "autosync" / "autosync.yaml"
    return (user, Path("/etc/autosync/autosync.yaml"))
