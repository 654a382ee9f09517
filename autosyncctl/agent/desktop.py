"""Draws bubbles over D-Bus (Desktop Notifications Specification), in a thread of its own.

notify2 blocks for 25 seconds if the notification server hangs, and its actions need somebody to run
GLib's main context: this thread does both, and nobody waits for it.
"""

import ctypes
import html
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from autosyncctl.agent.bubbles import Act, Bubble, Offer
from autosyncctl.agent.queued import Queued

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds between tries to reach a notification server, or to draw what it refuses."""

NAME = "org.freedesktop.Notifications"

CLICK = "default"
"""The action of a click on the bubble itself, by which some close it."""

BUTTON_ONLY = frozenset({Act.APPROVE})
"""What nobody should do by closing a bubble."""


_ONCE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(lambda _: 0)
"""What GLib calls once (g_timeout_add), only to end a wait."""


class Desktop:
    """Shows bubbles, as long as there is a server for them; a server that restarts gets those that
    stay again. The whole process ends with the bus."""

    def __init__(self, chosen: Callable[[Offer], None]) -> None:
        self._chosen = chosen
        self._glib = ctypes.CDLL("libglib-2.0.so.0")
        self._queue = Queued()
        self._shown: dict[str, tuple[Bubble, Any]] = {}
        self._capable: frozenset[str] = frozenset()
        self._notify: Any = None
        self._server: str | None = None
        self._owner: Any = None
        self._thread = threading.Thread(target=self._run, name="desktop", daemon=True)

    def start(self) -> None:
        """Begin to draw."""
        self._thread.start()

    def show(self, bubble: Bubble) -> None:
        """Draw a bubble soon; never waits."""
        self._queue.put(bubble)
        self._glib.g_main_context_wakeup(None)

    def _run(self) -> None:
        pause = FIRST_PAUSE
        while True:
            if (self._notify or self._connect()) and self._draw_all():
                pause = FIRST_PAUSE
                self._glib.g_main_context_iteration(None, 1)
            else:
                self._react(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    def _react(self, seconds: float) -> None:
        """Hear for a while what is clicked, and draw nothing."""
        end = time.monotonic() + seconds
        self._glib.g_timeout_add(int(1000 * seconds) + 1, _ONCE, None)
        while time.monotonic() < end:
            self._glib.g_main_context_iteration(None, 1)

    def _connect(self) -> bool:
        """Find the server, also a new one: notify2 remembers it by its unique name."""
        import dbus
        import notify2

        try:
            if self._server is None:
                self._meet(dbus, notify2)
        except dbus.exceptions.DBusException as error:
            log.debug("no notification server: %s", error)
            return False
        self._notify = notify2
        return True

    def _meet(self, dbus: Any, notify2: Any) -> None:
        """Only ever a new server: notify2 would hear every click once more."""
        notify2.init("autosync", mainloop="glib")
        self._capable = frozenset(map(str, notify2.get_server_caps()))
        bus = dbus.SessionBus()
        bus.set_exit_on_disconnect(True)
        self._watch(bus)
        shown, self._shown = self._shown, {}
        for bubble, _ in shown.values():
            if bubble.stays:
                self._queue.put_back(bubble)

    def _watch(self, bus: Any) -> None:
        """Notice when the server goes, or another one takes its place."""
        self._server = known = str(bus.get_name_owner(NAME))

        def changed(owner: str) -> None:
            if owner != known:
                self._notify = self._server = None

        if self._owner is not None:
            self._owner.cancel()
        self._owner = bus.watch_name_owner(NAME, changed)

    def _draw_all(self) -> bool:
        """False if one could not be drawn."""
        while self._notify is not None and (bubble := self._queue.take()):
            if not self._draw(bubble):
                return False
        return True

    def _draw(self, bubble: Bubble) -> bool:
        import dbus

        try:
            self._show(bubble)
        except dbus.exceptions.DBusException as error:
            log.debug("the notification server does not draw it: %s", error)
            self._notify = None
            self._queue.put_back(bubble)
            return False
        return True

    def _show(self, bubble: Bubble) -> None:
        notify = self._notify
        body = (
            html.escape(bubble.body, quote=False) if "body-markup" in self._capable else bubble.body
        )
        icon = "dialog-warning" if bubble.stays else "emblem-synchronizing"
        _, shown = self._shown.get(bubble.key, (None, None))
        if shown is None:
            shown = notify.Notification(bubble.title, body, icon)
        else:
            shown.update(bubble.title, body, icon)
        shown.set_urgency(notify.URGENCY_CRITICAL if bubble.stays else notify.URGENCY_LOW)
        shown.set_timeout(notify.EXPIRES_NEVER if bubble.stays else notify.EXPIRES_DEFAULT)
        self._offer(shown, bubble)
        shown.connect("closed", lambda *_: self._forget(bubble.key, shown))
        shown.show()
        self._shown[bubble.key] = (bubble, shown)

    def _offer(self, shown: Any, bubble: Bubble) -> None:
        shown.actions.clear()
        if "actions" not in self._capable:
            return
        clicks = [(CLICK, one) for one in bubble.offers[:1] if one.act not in BUTTON_ONLY]
        for key, offer in [*clicks, *((offer.act.name, offer) for offer in bubble.offers)]:
            shown.add_action(key, offer.act.value, self._call(offer))

    def _call(self, offer: Offer) -> Callable[..., None]:
        return lambda *_: self._chosen(offer)

    def _forget(self, key: str, shown: Any) -> None:
        if key in self._shown and self._shown[key][1] is shown:
            del self._shown[key]
