"""A notification server that refuses the first bubbles, as one that shows too many already does,
and on whose other ones somebody clicks at once.

Usage: clicking_server.py CALLS REFUSED ACTION; the time of every call is a line of the file CALLS.
"""

import ctypes
import sys
import time
from pathlib import Path
from typing import Any

import dbus
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop

NAME = "org.freedesktop.Notifications"


class ExcessError(dbus.exceptions.DBusException):  # type: ignore[misc]  # dbus has no types
    """As notification-daemon says it."""

    _dbus_error_name = f"{NAME}.Error.ExcessNotificationGeneration"


class Server(dbus.service.Object):  # type: ignore[misc]  # dbus has no types
    """Draws nothing."""

    def __init__(self, bus: Any, calls: Path, refused: int, action: str) -> None:
        super().__init__(dbus.service.BusName(NAME, bus), "/org/freedesktop/Notifications")
        self._calls, self._refused, self._action, self._number = calls, refused, action, 0

    @dbus.service.method(NAME, in_signature="", out_signature="as")  # type: ignore[untyped-decorator]  # dbus has no types
    def GetCapabilities(self) -> list[str]:  # noqa: N802 - the specification's name
        """It has buttons."""
        return ["body", "actions"]

    @dbus.service.method(NAME, in_signature="susssasa{sv}i", out_signature="u")  # type: ignore[untyped-decorator]  # dbus has no types
    def Notify(  # noqa: N802 - the specification's
        self,
        _app: Any,
        _old: Any,
        _icon: Any,
        _title: Any,
        _body: Any,
        _buttons: Any,
        _hints: Any,
        _limit: Any,
    ) -> int:
        """One more bubble."""
        self._number += 1
        with self._calls.open("a") as file:
            file.write(f"{time.monotonic()}\n")
        if self._number <= self._refused:
            raise ExcessError("too many")
        self.ActionInvoked(self._number, self._action)
        return self._number

    @dbus.service.signal(NAME, signature="us")  # type: ignore[untyped-decorator]  # dbus has no types
    def ActionInvoked(self, number: int, action: str) -> None:  # noqa: N802 - the specification's name
        """A click."""


def main() -> None:
    """Serve until killed."""
    DBusGMainLoop(set_as_default=True)
    server = Server(dbus.SessionBus(), Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
    glib = ctypes.CDLL("libglib-2.0.so.0")
    while server:
        glib.g_main_context_iteration(None, 1)


if __name__ == "__main__":
    main()
