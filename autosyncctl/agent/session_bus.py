"""Whether the session of a desktop is there for the agent: it would wait for it for ever."""

from collections.abc import Mapping
from pathlib import Path

from autosyncd.errors import AutosyncError

_CURE = "start it inside the desktop's session, where the autostart file or autosyncd does it"


def check_session_bus(environment: Mapping[str, str]) -> None:
    """Raise AutosyncError where no session bus can be reached (dbus-daemon(1)).

    libdbus would start a bus of its own for whoever has a screen; nobody draws bubbles there.
    """
    runtime = environment.get("XDG_RUNTIME_DIR")
    address = environment.get("DBUS_SESSION_BUS_ADDRESS")
    if not address and not (runtime and Path(runtime, "bus").exists()):
        raise AutosyncError(
            "cannot show bubbles: there is no session bus here (DBUS_SESSION_BUS_ADDRESS)",
            hint=_CURE,
        )
    import dbus

    try:
        dbus.SessionBus(private=True).close()
    except dbus.exceptions.DBusException as error:
        why = error.get_dbus_message()
        raise AutosyncError(
            f"cannot show bubbles: the session bus does not answer: {why}", hint=_CURE
        ) from error
