"""How much a run attacks: all of it with the first Python of `make test`, some with the others."""

import os

_ALL = os.environ.get("AUTOSYNC_ATTACKS") == "all"


def extent(everything: int, some: int) -> int:
    """How many: `everything` where this run has all attacks, else `some`."""
    return everything if _ALL else some
