"""The text of one YAML document, parsed but not yet looked at; errors carry their line.

What a message repeats is never a piece of the text, which may hold a password.
"""

import re

import yaml
from yaml.nodes import Node

DEPTH_LIMIT = 50


class UnreadableError(Exception):
    """A text that is no YAML we accept."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


def compose(data: bytes) -> Node | None:
    """The root of the one document in `data`, None if it is empty; raises UnreadableError."""
    text = _decoded(data)
    try:
        return _Loader(text).get_single_node()
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        what = f"not YAML: a character that no text has (code {error.character}); delete it"
        raise UnreadableError(line, what) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise UnreadableError(mark.line + 1 if mark else 1, _explained(error)) from error


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = f"0x{data[error.start]:02x}"
        raise UnreadableError(line, f"not UTF-8: byte {byte}; save the file as UTF-8") from error


class _Loader(yaml.SafeLoader):
    depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        if parent is not None and self.depth >= DEPTH_LIMIT:
            mark = parent.start_mark
            raise yaml.composer.ComposerError(problem="nested too deep", problem_mark=mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


_HINTS = {
    "\\t": "a tab can't indent; use spaces",
    "undefined alias": "put a value that begins with * in quotes",
    "mapping values are not allowed": "check the indentation; a value with ': ' in it needs quotes",
    "second occurrence": "an anchor (&NAME) is given twice; rename one",
    "block end": "check the indentation; a value that begins with { or [ needs quotes",
    "cannot start any token": "put the value in quotes",
    "another document": "only one document is allowed; delete the line ---",
    "could not find expected ':'": "each line of a mapping is KEY: VALUE",
    "nested too deep": f"at most {DEPTH_LIMIT} levels are allowed",
    "stream end": "a bracket or quote is never closed",
    "end of stream": "a quote is never closed",
}


def _explained(error: yaml.MarkedYAMLError) -> str:
    """The error without any piece of the file's text: that may be a password."""
    problem = re.sub(r" '(?!<|\\t')[^']{2,}'", "", error.problem or "cannot be understood")
    problem = problem.removeprefix("but ")
    context = error.context or ""
    hints = (hint for part, hint in _HINTS.items() if part in f"{problem} {context}")
    return f"not YAML: {problem}; {next(hints, 'check the syntax here')}"
