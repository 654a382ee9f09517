"""What a command line can be, read off argparse's own definitions: for completion and manuals."""

import argparse
from collections.abc import Iterator

import msgspec

from autosyncctl.examples import USAGES, Example, about
from autosyncd.api.events import KINDS


class Option(msgspec.Struct, frozen=True):
    """An option: `value` is the name of what follows it, None if nothing does; `choices` are all
    values there are, where that is known."""

    flags: tuple[str, ...]
    help: str
    value: str | None = None
    choices: tuple[str, ...] = ()

    @property
    def listed(self) -> bool:
        """Whether several values may be given, with commas between them."""
        return (self.value or "").endswith(",...")


class Operand(msgspec.Struct, frozen=True):
    """A word that is no option: `name` says what it is, `count` how often it may come."""

    name: str
    help: str
    count: str
    choices: tuple[str, ...] = ()


class Command(msgspec.Struct, frozen=True):
    """A program, or one of its commands; `codes` are the exit codes that are its own."""

    name: str
    help: str
    about: str
    options: tuple[Option, ...]
    operands: tuple[Operand, ...]
    commands: tuple["Command", ...] = ()
    examples: tuple[Example, ...] = ()
    codes: tuple[str, ...] = ()


def anatomy(parser: argparse.ArgumentParser, help_: str = "") -> Command:
    """All that a parser accepts."""
    usage = USAGES.get(name) if (name := parser.prog.rpartition(" ")[2]) != parser.prog else None
    actions = [one for one in parser._actions if one.help != argparse.SUPPRESS]  # noqa: SLF001 - argparse tells it nowhere else
    return Command(
        name=name,
        help=help_,
        about=about(parser),
        options=tuple(_option(one) for one in actions if one.option_strings),
        operands=tuple(
            _operand(one)
            for one in actions
            if not one.option_strings and not isinstance(one, argparse._SubParsersAction)  # noqa: SLF001 - as above
        ),
        commands=tuple(command for one in actions for command in _commands(one)),
        examples=usage.examples if usage else (),
        codes=usage.codes if usage else (),
    )


def _option(action: argparse.Action) -> Option:
    takes = action.nargs != 0
    return Option(
        flags=tuple(action.option_strings),
        help=_help(action),
        value=_value(action) if takes else None,
        choices=_choices(action) if takes else (),
    )


def _operand(action: argparse.Action) -> Operand:
    return Operand(_value(action), _help(action), str(action.nargs or "1"), _choices(action))


def _commands(action: argparse.Action) -> Iterator[Command]:
    if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - as above
        helps = {one.dest: one.help or "" for one in action._choices_actions}  # noqa: SLF001 - as above
        for name, parser in action.choices.items():
            yield anatomy(parser, helps.get(name, ""))


def _value(action: argparse.Action) -> str:
    if isinstance(action.metavar, str):
        return action.metavar
    return "|".join(_choices(action)) or action.dest.upper()


def _choices(action: argparse.Action) -> tuple[str, ...]:
    if action.metavar == "KIND,...":
        return KINDS
    if action.choices is None and isinstance(action.metavar, str) and action.metavar.islower():
        return tuple(action.metavar.split("|"))
    return tuple(map(str, action.choices or ()))


def _help(action: argparse.Action) -> str:
    return (action.help or "").replace("%%", "%")
