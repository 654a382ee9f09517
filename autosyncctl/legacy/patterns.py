"""`ignorepath` of 2011 as gitignore patterns.

Each of its words was a regular expression that the beginning of a path had to match, so that `.git`
stood also for `.gitfoo/`. A dot stands for any character but a slash here.
"""

import re
from collections.abc import Iterator
from itertools import product

VCS_FOLDERS = (".git", ".svn", ".hg", ".bzr", "_darcs", ".fslckout", "CVS")
"""Never part of the tree; `.gitignore` and the like, which begin so, are."""

_LIMIT = 16
"""So many patterns at most for one word."""

_TOKEN = re.compile(r"\\(\W)|\.\*|\[\^?\]?[^]\\/[]*\]|[^\\^$*+?{}()|[\].]|\.")

Pieces = list[tuple[str, ...]]


def translate(word: str) -> tuple[str, ...] | None:
    """Patterns with the meaning of one word; None if it has none in gitignore syntax."""
    plain = word.removesuffix("/")
    for folder in VCS_FOLDERS:
        if plain in (folder, re.escape(folder)):
            return (f"/{folder}?*/",)
    whole = word.endswith("$") and not word.endswith("\\$")
    pieces = _pieces(word.removesuffix("$") if whole else word)
    if pieces is None or not pieces:
        return None
    combined = {"".join(choice) for choice in product(*pieces)}
    if len(combined) > _LIMIT:
        return None
    return tuple(sorted(_anchored(text, whole=whole) for text in combined))


def _anchored(text: str, *, whole: bool) -> str:
    if text.endswith("/"):
        return f"/{text}"
    return f"/{text}" if whole else f"/{text}*"


def _pieces(expression: str) -> Pieces | None:
    """The alternatives for each part of an expression, in turn; None if it can't be said."""
    pieces: Pieces = []
    at = 0
    while at < len(expression):
        token = _TOKEN.match(expression, at)
        if token is None:
            return None
        at = token.end()
        if expression[at : at + 1] in ("*", "+", "?", "{"):
            return None
        pieces.append(tuple(_alternatives(token)))
    return pieces


def _alternatives(token: re.Match[str]) -> Iterator[str]:
    text = token[0]
    if token[1]:
        yield _escaped(token[1])
    elif text == ".*":
        yield "*"
        yield "*/**/*"
    elif text == ".":
        yield "?"
    elif text.startswith("["):
        yield f"[!{text[2:]}" if text.startswith("[^") else text
    else:
        yield text


def _escaped(char: str) -> str:
    return f"\\{char}" if char in "*?[\\" else char
