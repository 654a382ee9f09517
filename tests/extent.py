"""How much a run attacks: all of it with the first Python of `make test`, some with the others."""

import os
from collections.abc import Iterable
from typing import Any

import pytest

_ALL = os.environ.get("AUTOSYNC_ATTACKS") == "all"


def extent(everything: int, some: int) -> int:
    """How many: `everything` where this run has all attacks, else `some`."""
    return everything if _ALL else some


def spread(values: Iterable[tuple[Any, ...]], every: int = 4) -> list[Any]:
    """Values of parameters: all with the first Python, with the others each `every`th."""
    return [
        pytest.param(*value, marks=pytest.mark.once if number % every else ())
        for number, value in enumerate(values)
    ]
