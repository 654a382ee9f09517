"""Names in commands that people are told to type."""

import shlex


def operands(*names: str) -> str:
    """The names as the rest of a command line; none is taken for an option."""
    dashes = ["--"] if any(name.startswith("-") for name in names) else []
    return " ".join([*dashes, *map(shlex.quote, names)])
