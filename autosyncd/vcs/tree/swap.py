"""Puts one new version in its place; whatever was there is kept, and put back if it was not what
we had looked at."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autosyncd.vcs.tree.displaced import Generation, Step
from autosyncd.vcs.tree.grip import Grip, Kind
from autosyncd.vcs.tree.place import BlockedError, Place, Why
from autosyncd.vcs.tree.signature import signature_at
from autosyncd.vcs.tree.syscalls import Abilities, exchange, rename_new

_PUT_BACK_TRIES = 16


@dataclass(frozen=True, slots=True)
class Swap:
    """One change of one name. Raises BlockedError or OSError, with the user's version in place.

    Where even that can't be, since the user is faster, their version stays in the generation,
    and the sweep brings it to light.
    """

    generation: Generation
    step: Step
    place: Place
    grip: Grip
    abilities: Abilities

    def run(self, checkpoint: Callable[[str], None]) -> None:
        """Do it. `checkpoint` is called when the old version has been displaced."""
        if self.grip.kind is Kind.ABSENT:
            self._put()
            checkpoint("exchanged")
        elif self.step.new is None:
            self._take_out(checkpoint)
        elif self.abilities.exchange:
            self._exchange(checkpoint)
        else:
            self._take_out(checkpoint)
            self._put()

    def _put(self) -> None:
        """Place the new version where nothing is."""
        try:
            self._rename_in(self.generation.slot(self.step))
        except FileExistsError:
            taken = Why.IN_THE_WAY if self.step.old is None else Why.USER_EDIT
            raise BlockedError(taken) from None

    def _exchange(self, checkpoint: Callable[[str], None]) -> None:
        """Swap old and new in one instant, then see that it was the old one that came out."""
        slot = self.generation.slot(self.step)
        exchange(slot, self.place.folder, self.place.name)
        checkpoint("exchanged")
        if not self._is_held_version(slot):
            self._exchange_back(slot)
            raise BlockedError(Why.USER_EDIT)

    def _take_out(self, checkpoint: Callable[[str], None]) -> None:
        """Move the old version out, for a deletion or where names can't be exchanged."""
        out = self.generation.out(self.step)
        os.rename(self.place.name, out, src_dir_fd=self.place.folder)
        checkpoint("exchanged")
        if not self._is_held_version(out):
            self._put_back(out)
            raise BlockedError(Why.USER_EDIT)

    def _is_held_version(self, path: Path) -> bool:
        came, held = signature_at(path), self.grip.signature
        return bool(came and held and came.unwritten(held)) and self.grip.steady()

    def _exchange_back(self, slot: Path) -> None:
        """Give the name back. If somebody saves to it meanwhile, the newest version stays there:
        what comes out must be what we had put in, else it is newer and goes back in."""
        expected = self.step.staged.ino if self.step.staged else None
        for _ in range(_PUT_BACK_TRIES):
            going_in = _ino(slot)
            try:
                exchange(slot, self.place.folder, self.place.name)
            except FileNotFoundError:
                self._put_back(slot)
                return
            if _ino(slot) == expected:
                return
            expected = going_in

    def _put_back(self, path: Path) -> None:
        try:
            self._rename_in(path)
        except OSError:
            pass  # it stays in the generation for the sweep

    def _rename_in(self, path: Path) -> None:
        noreplace = self.abilities.noreplace
        rename_new(path, self.place.folder, self.place.name, noreplace=noreplace)


def _ino(path: Path) -> int | None:
    found = signature_at(path)
    return found.ino if found else None
