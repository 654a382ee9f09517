"""How mistakes are put into words: what was written, and what is allowed."""

from collections.abc import Iterable

SHOWN = 60
"""How much of a wrong value a message repeats, in characters."""


def quoted(text: str) -> str:
    """A value as messages repeat it: in quotes, cut where it is long."""
    return f"'{text}'" if len(text) <= SHOWN else f"'{text[: SHOWN - 3]}...'"


def listed(words: Iterable[str]) -> str:
    """Several words as one enumeration, in their order."""
    return ", ".join(words) or "none"


def one_line(text: str) -> str:
    """Text that can neither break a line nor steer a terminal."""
    joined = " ".join(text.split())
    return "".join(char if char.isprintable() else _escaped(char) for char in joined)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
