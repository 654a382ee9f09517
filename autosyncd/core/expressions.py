"""Ignore rules that a tool hands over as the regular expressions it makes of them itself."""

import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

Pair = tuple[bytes, bytes]
"""How paths begin for which an expression holds, and the expression for the rest of them."""

_DOUBTFUL = re.compile(rb"\)[*+{]|\\[1-9]|\(\?P")
"""A repeated group can take for ever, and one that refers to others means something else alone."""

_Fits = Callable[[bytes], object]


class Expressions:
    """A path is covered if it, or a folder it is in, fits one from its beginning on.

    What can't be read, or might take long, covers nothing: then more is watched than need be.
    """

    __slots__ = ("_fitting",)

    def __init__(self, pairs: Sequence[Pair]) -> None:
        by_prefix = groupby(sorted(pairs, key=itemgetter(0)), itemgetter(0))
        self._fitting = tuple(
            (prefix, len(prefix), fits)
            for prefix, group in by_prefix
            for fits in _compiled(expression for _, expression in group)
        )

    def __bool__(self) -> bool:
        """Whether there is any expression at all."""
        return bool(self._fitting)

    def fit(self, path: bytes) -> bool:
        """Whether a path itself fits one."""
        return any(path.startswith(p) and fits(path[cut:]) for p, cut, fits in self._fitting)


@lru_cache(maxsize=64)
def expressions(pairs: tuple[Pair, ...]) -> Expressions:
    """The same, remembered."""
    return Expressions(pairs)


def _compiled(found: Iterable[bytes]) -> list[_Fits]:
    """One for all where that is possible: most paths fit none, and one test tells."""
    clear = [expression for expression in found if not _DOUBTFUL.search(expression)]
    if whole := _compile(b"|".join(b"(?:" + expression + b")" for expression in clear)):
        return [whole] if clear else []
    return [fits for expression in clear if (fits := _compile(expression))]


def _compile(expression: bytes) -> _Fits | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are for who wrote it, and say nothing of us
            return re.compile(expression).match
    except (re.error, OverflowError, RecursionError):
        return None
