"""The kinds of values that hold others: sections of keys, lists, and mappings with free keys."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from autosyncd.api.near import did_you_mean
from autosyncd.config.place import Place
from autosyncd.config.scalars import WRONG, Kind
from autosyncd.config.tree import Items, Node, Pair, Pairs, Scalar
from autosyncd.config.wording import listed


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the configuration.

    `default` and `meaning` are what the documentation says; a default in backticks is the very
    YAML that means the same as leaving the key out.
    """

    name: str
    kind: Kind
    default: str
    meaning: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """A value that was given, and where."""

    value: Any
    place: Place


@dataclass(frozen=True, slots=True)
class Block:
    """The keys that were given, rightly, in one section; `broken` were given and are wrong."""

    place: Place
    keys: Mapping[str, Given] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()

    def get(self, name: str) -> Any:
        """The value of a key; None where it was not given."""
        return self.keys[name].value if name in self.keys else None

    def block(self, name: str) -> "Block":
        """The section under a key; an empty one where it was not given."""
        found = self.get(name)
        return found if isinstance(found, Block) else Block(self.place.below(name, self.place.line))

    def values(self) -> dict[str, Any]:
        """All values by their keys."""
        return {name: given.value for name, given in self.keys.items()}


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping with known keys.

    Of the keys in `one_of`, exactly one must be given, in `at_most_one` one may be. `elsewhere`
    says of keys that people look for here where they really belong.
    """

    keys: tuple[Key, ...]
    one_of: tuple[str, ...] = ()
    at_most_one: tuple[str, ...] = ()
    elsewhere: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the keys, in the order of the documentation."""
        return tuple(key.name for key in self.keys)

    @property
    def allowed(self) -> str:
        if not self.keys:
            return "allowed: nothing; write {}"
        return f"allowed: a mapping with the keys {listed(self.names)}"

    def read(self, node: Node, place: Place) -> Any:
        match node:
            case Scalar(type="nothing"):
                pairs: tuple[Pair, ...] = ()
            case Pairs():
                pairs = node.pairs
            case _:
                place.wrong(f"must be a mapping; {self.allowed}")
                return WRONG
        found = {pair.key: self._read_pair(pair, place) for pair in _once(pairs, place)}
        self._check_presence(set(found), place)
        return _block(place, found)

    def _read_pair(self, pair: Pair, place: Place) -> Given | None:
        here = place.below(pair.key, _line(pair))
        key = next((key for key in self.keys if key.name == pair.key), None)
        if key is None:
            here.wrong(self._unknown(pair.key))
            return None
        value = key.kind.read(pair.value, here)
        return None if value is WRONG else Given(value, here)

    def _unknown(self, name: str) -> str:
        allowed = f"allowed: {listed(self.names)}"
        if where := self.elsewhere.get(name):
            return f"does not belong here; {allowed} (did you mean {where}?)"
        return f"unknown key; {allowed}{did_you_mean(name, self.names)}"

    def _check_presence(self, names: set[str], place: Place) -> None:
        for key in self.keys:
            if key.required and key.name not in names:
                place.below(key.name, place.line).wrong(f"is missing; {key.kind.allowed}")
        chosen = [name for name in (*self.one_of, *self.at_most_one) if name in names]
        if self.one_of and not chosen:
            place.wrong(f"one of {listed(self.one_of)} is missing; give exactly one")
        if len(chosen) > 1:
            place.wrong(f"{listed(chosen)} can't be given together; choose one of them")


@dataclass(frozen=True, slots=True)
class PathOr:
    """A section, or in short only the value of its key `path`."""

    section: Section

    @property
    def allowed(self) -> str:
        return f"allowed: a path, or a mapping with the keys {listed(self.section.names)}"

    def read(self, node: Node, place: Place) -> Any:
        if not isinstance(node, Scalar):
            return self.section.read(node, place)
        kind = next(key.kind for key in self.section.keys if key.name == "path")
        path = kind.read(node, place)
        return WRONG if path is WRONG else Block(place, {"path": Given(path, place)})


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of values of one kind; with `placed`, every value comes with its place."""

    item: Kind
    description: str
    placed: bool = False

    @property
    def allowed(self) -> str:
        return f"allowed: {self.description}"

    def read(self, node: Node, place: Place) -> Any:
        match node:
            case Items():
                items = node.items
            case Scalar(type="nothing") if self.placed:
                items = ()
            case _:
                place.wrong(f"must be a list; {self.allowed}")
                return WRONG
        places = [place.item(index, item.line) for index, item in enumerate(items)]
        values = [self.item.read(item, here) for item, here in zip(items, places, strict=True)]
        found = tuple(
            Given(value, here) if self.placed else value
            for value, here in zip(values, places, strict=True)
            if value is not WRONG
        )
        return found if self.placed or len(found) == len(items) else WRONG


@dataclass(frozen=True, slots=True)
class MappingOf:
    """A mapping whose keys are free as long as `check_key` raises no ValueError.

    With `placed` it becomes a Block, else a tuple of pairs in their order.
    """

    item: Kind
    description: str
    check_key: Callable[[str], object]
    placed: bool = False

    @property
    def allowed(self) -> str:
        return f"allowed: {self.description}"

    def read(self, node: Node, place: Place) -> Any:
        match node:
            case Pairs():
                pairs = node.pairs
            case Scalar(type="nothing") if self.placed:
                pairs = ()
            case _:
                place.wrong(f"must be a mapping; {self.allowed}")
                return WRONG
        found = {pair.key: self._read_pair(pair, place) for pair in _once(pairs, place)}
        block = _block(place, found)
        if self.placed:
            return block
        return WRONG if block.broken else tuple(block.values().items())

    def _read_pair(self, pair: Pair, place: Place) -> Given | None:
        here = place.below(pair.key, _line(pair))
        try:
            self.check_key(pair.key)
        except ValueError as error:
            here.wrong(str(error))
            return None
        value = self.item.read(pair.value, here)
        return None if value is WRONG else Given(value, here)


def _block(place: Place, found: Mapping[str, Given | None]) -> Block:
    right = {name: given for name, given in found.items() if given}
    return Block(place, right, frozenset(found) - frozenset(right))


def _once(pairs: tuple[Pair, ...], place: Place) -> Iterator[Pair]:
    """The pairs, without those whose key was given before; they are mistakes."""
    for pair in pairs:
        if pair.first_line is None:
            yield pair
        else:
            place.below(pair.key, pair.line).wrong(
                f"given twice, first in line {pair.first_line}; keep one of them"
            )


def _line(pair: Pair) -> int:
    """Where a pair is best shown: at a single value itself, else at the key."""
    return pair.value.line if isinstance(pair.value, Scalar) else pair.line
