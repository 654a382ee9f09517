"""Python's garbage collector, kept from going through a large tree again and again.

A tree of 100,000 nodes takes it 35 ms, in which the event loop stands still, and that several
times while the tree grows; none of it is ever garbage, for what leaves a tree is taken apart.
"""

import gc

MANY = 5_000
"""Nodes from which on it is worth it: whatever garbage there is at that time stays for good."""


class Collecting:
    """Counts the trees that are growing; the collector rests as long as there are any."""

    def __init__(self) -> None:
        self._growing = 0

    def begin(self) -> None:
        """A tree begins to grow."""
        if self._growing == 0:
            gc.disable()
        self._growing += 1

    def end(self, nodes: int) -> None:
        """A tree has grown to so many nodes."""
        self._growing -= 1
        if self._growing == 0:
            gc.enable()
        if nodes >= MANY:
            gc.freeze()
