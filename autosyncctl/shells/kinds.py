"""What the words of a command line stand for, so that a shell can offer them."""

from autosyncctl.anatomy import Command, Operand, Option

NAMES = "autosyncctl completion repositories 2>/dev/null"
"""Prints the names of the repositories, one a line; nothing where no daemon answers."""


def repositories(word: Operand) -> bool:
    """Whether the word may be the name of a repository."""
    return "REPO" in word.name.split("|")


def files(word: Operand | Option) -> bool:
    """Whether the word may be a file or folder."""
    name = word.name if isinstance(word, Operand) else word.value or ""
    return bool({"FILE", "PATH"} & set(name.split("|")))


def valued(command: Command) -> tuple[Option, ...]:
    """The options that are followed by a value."""
    return tuple(option for option in command.options if option.value)
