"""Long work in short slices, so that the event loop never stands still."""

import asyncio
from time import monotonic
from typing import Protocol

SLICE = 0.008
"""Seconds of work before everybody else has a turn."""


class Work(Protocol):
    """Something that takes long and can stop anywhere."""

    def proceed(self, deadline: float) -> bool:
        """Work until the monotonic clock says `deadline`; returns whether there is more to do."""


class Placer:
    """Gives all work that is to be done one slice of each round of the event loop, in turn."""

    def __init__(self) -> None:
        self._works: dict[Work, None] = {}
        self._handle: asyncio.Handle | None = None

    def add(self, work: Work) -> None:
        """Have some work done soon; nothing happens if it is already waiting."""
        self._works[work] = None
        if self._handle is None:
            self._handle = asyncio.get_running_loop().call_soon(self._slice)

    def stop(self) -> None:
        """Drop all work."""
        self._works.clear()
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _slice(self) -> None:
        """The handle stays set meanwhile: who adds work from inside must not double the rounds."""
        try:
            self._work(monotonic() + SLICE)
        finally:
            again = asyncio.get_running_loop().call_soon
            self._handle = again(self._slice) if self._works else None

    def _work(self, deadline: float) -> None:
        while self._works and monotonic() < deadline:
            work = next(iter(self._works))
            del self._works[work]
            if work.proceed(deadline):
                self._works[work] = None
