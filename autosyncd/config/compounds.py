"""The kinds of values that come in several shapes: commands, messages, policies, names."""

from dataclasses import dataclass
from typing import Any, get_args

from autosyncd.config.model import MessageCommand, OnConflict
from autosyncd.config.patterns import check_pattern
from autosyncd.config.place import Place
from autosyncd.config.scalars import WRONG, Choice, read_scalar, text_of
from autosyncd.config.structures import Block, Key, MappingOf, Section
from autosyncd.config.templates import check_template
from autosyncd.config.tree import Items, Node, Pairs, Scalar
from autosyncd.config.wording import quoted

KEEP_BOTH: tuple[str, OnConflict] = ("*", "keep-both")


@dataclass(frozen=True, slots=True)
class Arguments:
    """One program with its arguments, in which the `placeholders` may stand."""

    placeholders: tuple[str, ...] | None = None
    allowed: str = "allowed: a list of arguments such as [pass, show, NAME]; there is no shell"

    def read(self, node: Node, place: Place) -> Any:
        if not isinstance(node, Items) or not node.items:
            place.wrong(f"must be a list that begins with a program; {self.allowed}")
            return WRONG
        words = tuple(
            read_scalar(self, item, place.item(index, item.line), self._word)
            for index, item in enumerate(node.items)
        )
        if words[0] == "":
            place.wrong(f"the program's name is empty; {self.allowed}")
            return WRONG
        return WRONG if WRONG in words else words

    def _word(self, scalar: Scalar) -> str:
        text = text_of(scalar, self.allowed, numbers=True)
        return text if self.placeholders is None else check_template(text, self.placeholders)


@dataclass(frozen=True, slots=True)
class Commands:
    """No command, one, or several that are run in turn."""

    placeholders: tuple[str, ...] = ()
    allowed: str = "allowed: a list of arguments, or a list of such lists; there is no shell"

    def read(self, node: Node, place: Place) -> Any:
        if not isinstance(node, Items):
            place.wrong(f"must be a list; {self.allowed}")
            return WRONG
        one = Arguments(self.placeholders)
        if not node.items:
            return ()
        if not any(isinstance(item, Items) for item in node.items):
            command = one.read(node, place)
            return WRONG if command is WRONG else (command,)
        commands = tuple(
            one.read(item, place.item(index, item.line)) for index, item in enumerate(node.items)
        )
        return WRONG if WRONG in commands else commands


@dataclass(frozen=True, slots=True)
class Message:
    """A commit message's template, or a command that says the message."""

    placeholders: tuple[str, ...]
    allowed: str = "allowed: a text with placeholders, or {command: [PROGRAM, ARGUMENT…]}"

    def read(self, node: Node, place: Place) -> Any:
        if isinstance(node, Scalar):
            return read_scalar(self, node, place, self._template)
        if not (isinstance(node, Pairs) and any(pair.key == "command" for pair in node.pairs)):
            place.wrong(f"must be a text, in quotes where it begins with a brace; {self.allowed}")
            return WRONG
        block = Section((Key("command", Arguments(), "", "the program"),)).read(node, place)
        if not isinstance(block, Block) or "command" not in block.keys:
            return WRONG
        return MessageCommand(block.get("command"))

    def _template(self, scalar: Scalar) -> str:
        text = text_of(scalar, self.allowed, numbers=True)
        if not text.strip():
            raise ValueError(f"is empty; {self.allowed}")
        return check_template(text, self.placeholders)


@dataclass(frozen=True, slots=True)
class Policy:
    """What to do about conflicts: for all files, or by pattern (the last that fits wins)."""

    allowed: str = (
        "allowed: keep-both, stop, or a mapping from patterns to keep-both, stop or newest"
    )

    def read(self, node: Node, place: Place) -> Any:
        if not isinstance(node, Pairs):
            one = Choice(("keep-both", "stop"), _OR_BY_PATTERN).read(node, place)
            return WRONG if one is WRONG else (("*", one),)
        rules = MappingOf(Choice(get_args(OnConflict)), self.allowed, _check_rule)
        found = rules.read(node, place)
        return WRONG if found is WRONG else (KEEP_BOTH, *found)


_OR_BY_PATTERN = '; or a mapping by pattern, such as {"*.db": newest}'


def _check_rule(pattern: str) -> None:
    check_pattern(pattern)
    if pattern.startswith("!"):
        raise ValueError(f"{quoted(pattern)} negates; give files that differ a rule further down")
