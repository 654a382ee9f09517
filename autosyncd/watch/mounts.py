"""Notices what is mounted and unmounted, of which inotify tells nothing but the end of a watch."""

import logging
from collections.abc import Callable

from autosyncd.watch.filesystem import mount_points
from autosyncd.watch.mounting import MOUNTINFO, watch_mounts

log = logging.getLogger(__name__)


class Mounts:
    """Calls `changed` with the places where something was mounted or unmounted."""

    def __init__(self, changed: Callable[[frozenset[bytes]], None]) -> None:
        self._changed = changed
        self._points: frozenset[tuple[bytes, bytes]] = frozenset()
        self._watch = watch_mounts(self._compare)
        if self._watch is None:
            log.warning("mounts are not noticed before the daily look: no %s", MOUNTINFO)
        else:
            self._points = mount_points(MOUNTINFO.read_bytes())

    def close(self) -> None:
        """Notice nothing any more."""
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    def _compare(self) -> None:
        before, self._points = self._points, mount_points(MOUNTINFO.read_bytes())
        if points := frozenset(point for _, point in before ^ self._points):
            self._changed(points)
