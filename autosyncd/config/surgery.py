"""Changing one entry in the text of a configuration file, with everything else left as it is.

Nothing is trusted: after each cut the text is read again, and has to say what it said before but
for that entry. Where it does not, the answer is None, and the user has to do it by hand.
"""

from collections.abc import Callable, Mapping
from typing import Any

from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from autosyncd.config.document import UnreadableError, compose
from autosyncd.config.tree import Items, Pairs, Scalar, read_tree
from autosyncd.config.tree import Node as Tree
from autosyncd.config.writing import setting_value

LIST = "repositories"


def without_entry(text: str, index: int) -> str | None:
    """The text without one item of `repositories`, counted from 0."""
    return _operate(text, index, _cut_out, lambda items: (*items[:index], *items[index + 1 :]))


def with_settings(text: str, index: int, settings: Mapping[str, str]) -> str | None:
    """The text with these keys of one item of `repositories`; values as the user wrote them."""

    def amend(text: str, item: Node) -> str | None:
        return _amend(text, item, settings)

    def amended(items: tuple[Any, ...]) -> tuple[Any, ...]:
        return (*items[:index], _merged(items[index], settings), *items[index + 1 :])

    return _operate(text, index, amend, amended)


def is_empty(text: str) -> bool:
    """Whether a file names no repository, and says nothing else either."""
    try:
        return _meaning(text) in (None, {LIST: None}, {LIST: ()})
    except UnreadableError:
        return False


def _operate(
    text: str,
    index: int,
    change: Callable[[str, Node], str | None],
    expected: Callable[[tuple[Any, ...]], tuple[Any, ...]],
) -> str | None:
    try:
        item = _item(text, index)
        changed = change(text, item) if item else None
        if changed is None:
            return None
        wanted, got = _meaning(text), _meaning(changed)
        wanted[LIST] = expected(wanted[LIST]) or None
        return changed if got == wanted else None
    except UnreadableError:
        return None


def _item(text: str, index: int) -> Node | None:
    root = compose(text.encode("utf-8", "surrogateescape"))
    if not isinstance(root, MappingNode):
        return None
    for key, value in root.value:
        if key.value == LIST and isinstance(value, SequenceNode) and not value.flow_style:
            return value.value[index] if index < len(value.value) else None
    return None


def _cut_out(text: str, item: Node) -> str | None:
    lines = text.splitlines(keepends=True)
    first, last = item.start_mark.line, _last_line(item)
    if lines[first][: item.start_mark.column].strip() != "-":
        return None
    return "".join(lines[:first] + lines[last + 1 :])


def _last_line(node: Node) -> int:
    end = _end(node)
    return int(end.line if end.column else end.line - 1)


def _end(node: Node) -> Any:
    """Where the node's own text ends; a block's mark is behind the comments that follow it."""
    children = _children(node)
    flows = isinstance(node, CollectionNode) and node.flow_style
    if flows or not children:
        return node.end_mark
    return max((_end(child) for child in children), key=lambda mark: mark.index)


def _children(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, SequenceNode) else []


def _amend(text: str, item: Node, settings: Mapping[str, str]) -> str | None:
    start = item.start_mark
    if isinstance(item, ScalarNode):
        text = f"{text[: start.index]}path: {text[start.index :]}"
        added = _lines(settings, start.column)
        return _inserted(text, _last_line(item), added)
    if not isinstance(item, MappingNode) or item.flow_style:
        return None
    present = {key.value: value for key, value in item.value if isinstance(key, ScalarNode)}
    new = {key: value for key, value in settings.items() if key not in present}
    text = _inserted(text, _last_line(item), _lines(new, start.column))
    old = [(present[key], value) for key, value in settings.items() if key in present]
    for node, value in sorted(old, key=lambda pair: -pair[0].start_mark.index):
        begin, end = node.start_mark.index, _end(node).index
        gap = "" if begin and text[begin - 1].isspace() else " "
        rest = "\n" if text[begin:end].endswith("\n") else ""
        text = text[:begin] + gap + setting_value(value) + rest + text[end:]
    return text


def _lines(settings: Mapping[str, str], column: int) -> str:
    indent = " " * int(column)
    return "".join(f"{indent}{key}: {setting_value(value)}\n" for key, value in settings.items())


def _inserted(text: str, line: int, added: str) -> str:
    lines = text.splitlines(keepends=True)
    if not lines[line].endswith("\n"):
        lines[line] += "\n"
    return "".join([*lines[: line + 1], added, *lines[line + 1 :]])


def _merged(entry: Any, settings: Mapping[str, str]) -> Any:
    whole = dict(entry) if isinstance(entry, dict) else {"path": entry}
    for key, value in settings.items():
        whole[key] = _meaning(setting_value(value))
    return whole


def _meaning(text: str) -> Any:
    """What a text says, without the lines on which it says it."""
    return _plain(read_tree(text.encode("utf-8", "surrogateescape")))


def _plain(node: Tree | None) -> Any:
    match node:
        case Scalar(text=text, type="nothing"):
            return None
        case Scalar(text=text, type=kind):
            return (kind, text)
        case Items(items=items):
            return tuple(_plain(item) for item in items) or ()
        case Pairs(pairs=pairs):
            return {pair.key: _plain(pair.value) for pair in pairs}
    return None
