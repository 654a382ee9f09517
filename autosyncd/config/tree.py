"""YAML as a plain tree that knows its lines; whatever is no sane YAML is a mistake with its line.

Nothing is constructed from tags, so that a file can only ever be data.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from yaml.nodes import MappingNode, ScalarNode, SequenceNode
from yaml.nodes import Node as YamlNode

from autosyncd.config.document import UnreadableError, compose

NODE_LIMIT = 200_000
"""How large a file may be once its aliases are followed."""

ScalarType = Literal["text", "number", "boolean", "date", "nothing"]


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value as it was written, and what YAML takes it for."""

    line: int
    text: str
    type: ScalarType


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    line: int
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A key of a mapping with its value; `first_line` is set where the key was given before."""

    line: int
    key: str
    value: "Node"
    first_line: int | None = None


@dataclass(frozen=True, slots=True)
class Pairs:
    """A mapping, in the order of the file; merged keys (`<<`) come first."""

    line: int
    pairs: tuple[Pair, ...]


Node = Scalar | Items | Pairs


def read_tree(data: bytes) -> Node | None:
    """The tree of one YAML document, None if there is none; raises UnreadableError."""
    root = compose(data)
    return None if root is None else _Conversion().node(root)


class _Conversion:
    """Follows aliases and merges of one document, within limits."""

    def __init__(self) -> None:
        self._seen = 0
        self._open: set[int] = set()

    def node(self, node: YamlNode) -> Node:
        line = _line(node)
        self._seen += 1
        if self._seen > NODE_LIMIT:
            raise UnreadableError(line, f"more than {NODE_LIMIT} values; use fewer aliases")
        if id(node) in self._open:
            raise UnreadableError(line, "contains itself by an alias; write it out")
        self._open.add(id(node))
        try:
            return self._converted(node, line)
        finally:
            self._open.discard(id(node))

    def _converted(self, node: YamlNode, line: int) -> Node:
        match node:
            case ScalarNode():
                return Scalar(line, _text(node), _type(node))
            case SequenceNode(tag="tag:yaml.org,2002:seq"):
                return Items(line, tuple(self.node(item) for item in node.value))
            case MappingNode(tag="tag:yaml.org,2002:map"):
                return Pairs(line, self._pairs(node))
        raise UnreadableError(line, "a tag (!) that is not allowed; write plain values")

    def _pairs(self, node: MappingNode) -> tuple[Pair, ...]:
        own: dict[str, Pair] = {}
        again: list[Pair] = []
        merged: dict[str, Pair] = {}
        for key, value in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                for pair in self._merged(value):
                    merged.setdefault(pair.key, pair)
                continue
            pair = Pair(_line(key), self._key(key), self.node(value))
            if first := own.get(pair.key):
                again.append(Pair(pair.line, pair.key, pair.value, first.line))
            else:
                own[pair.key] = pair
        inherited = (pair for name, pair in merged.items() if name not in own)
        return (*inherited, *own.values(), *again)

    def _merged(self, value: YamlNode) -> Iterator[Pair]:
        parts = value.value if isinstance(value, SequenceNode) else [value]
        for part in parts:
            node = self.node(part)
            if not isinstance(node, Pairs):
                raise UnreadableError(_line(value), "<< takes a mapping, or a list of mappings")
            yield from (pair for pair in node.pairs if pair.first_line is None)

    def _key(self, node: YamlNode) -> str:
        key = self.node(node)
        if not isinstance(key, Scalar):
            raise UnreadableError(_line(node), "a list or mapping as a key; a key is one word")
        return key.text


def _line(node: YamlNode) -> int:
    return node.start_mark.line + 1 if node.start_mark else 1


_TYPES: dict[str, ScalarType] = {
    "tag:yaml.org,2002:str": "text",
    "tag:yaml.org,2002:value": "text",
    "tag:yaml.org,2002:merge": "text",
    "tag:yaml.org,2002:int": "number",
    "tag:yaml.org,2002:float": "number",
    "tag:yaml.org,2002:bool": "boolean",
    "tag:yaml.org,2002:timestamp": "date",
    "tag:yaml.org,2002:null": "nothing",
}


def _type(node: ScalarNode) -> ScalarType:
    if known := _TYPES.get(node.tag):
        return known
    raise UnreadableError(_line(node), "a tag (!) that is not allowed; write plain values")


def _text(node: ScalarNode) -> str:
    """The text, which must be one that the system can take as a name or argument."""
    text = str(node.value)
    if not _usable(text):
        raise UnreadableError(_line(node), "a character that no text has; delete it")
    return text


def _usable(text: str) -> bool:
    try:
        return b"\0" not in text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
