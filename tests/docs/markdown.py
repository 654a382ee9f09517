"""The documentation as a test reads it: its shell blocks, commands and links."""

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))

_BLOCK = re.compile(r"^( *)```[a-z]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_COMMENT = re.compile(r" {2,}[^'\"]*$")


def section(page: Path, title: str) -> str:
    """What stands under a heading, up to the next of its kind."""
    text = page.read_text()
    begin = text.index(f"\n## {title}\n")
    end = text.find("\n## ", begin + 1)
    return text[begin : end if end > 0 else len(text)]


def blocks(text: str) -> tuple[str, ...]:
    """The fenced blocks, each as it is to be typed."""
    return tuple(textwrap.dedent(found[2]) for found in _BLOCK.finditer(text))


def lines(text: str) -> Iterator[str]:
    """The command lines in the blocks, without the remarks behind them."""
    for block in blocks(text):
        for line in block.splitlines():
            if line.strip():
                yield _COMMENT.sub("", line.split("  #")[0]).strip()


def inline(text: str) -> tuple[str, ...]:
    """What stands in backticks within the text."""
    without_blocks = _BLOCK.sub("", text)
    return tuple(" ".join(found.split()) for found in _INLINE.findall(without_blocks))


def links(page: Path) -> tuple[str, ...]:
    """Where its links lead, within this project."""
    return tuple(one for one in _LINK.findall(page.read_text()) if "://" not in one)


def anchors(page: Path) -> frozenset[str]:
    """The headings as links name them."""
    headings = re.findall(r"(?m)^#+ (.+)$", page.read_text())
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return frozenset(heading.replace(" ", "-") for heading in plain)
