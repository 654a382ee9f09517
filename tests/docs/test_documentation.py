"""What the documentation names is there: commands, options, files, headings."""

import re
import shlex
from pathlib import Path

import pytest

from autosyncctl.cli import COMMANDS, parser
from autosyncctl.views.status import COLUMNS
from autosyncd.arguments import parser as daemon_parser
from autosyncd.errors import AutosyncError
from contrib.picture import draw, scene_of
from tests.docs.markdown import PAGES, ROOT, anchors, inline, lines, links

_GRAMMAR = re.compile(r"[|\[\]…]|\.\.\.")
"""In what shows how commands are formed, not one of them."""


def commands(page: Path, program: str) -> list[str]:
    text = page.read_text()
    found = (*lines(text), *inline(text))
    return [
        line.partition(" && ")[0].partition(" > ")[0].removesuffix("&").strip()
        for line in found
        if line.startswith(f"{program} ") and not _GRAMMAR.search(line)
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_named_is_one(page: Path) -> None:
    wrong = []
    for line in commands(page, "autosyncctl"):
        if line.partition(" ")[2] in COMMANDS:
            continue
        try:
            parser().parse_args(shlex.split(line, comments=True)[1:])
        except (AutosyncError, ValueError) as error:
            wrong.append(f"{line}: {error}")
        except SystemExit as done:
            wrong += [line] if done.code else []
    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_option_of_the_daemon_that_is_named_is_one(page: Path) -> None:
    options = daemon_parser().format_help()
    named = [
        word
        for line in commands(page, "autosyncd")
        if not line.startswith("autosyncd reflector")
        for word in shlex.split(line, comments=True)
        if word.startswith("--")
    ]
    assert [word for word in named if word not in options] == []


def test_there_are_commands_to_check() -> None:
    assert sum(len(commands(page, "autosyncctl")) for page in PAGES) > 60


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in links(page):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_the_readme_leads_to_every_page() -> None:
    named = {link.partition("#")[0] for link in links(ROOT / "README.md")}
    assert {str(page.relative_to(ROOT)) for page in PAGES[1:]} <= named


def test_the_picture_is_of_this_status() -> None:
    picture = (ROOT / "docs" / "status.svg").read_text()
    assert picture.startswith("<svg")
    assert [column.title for column in COLUMNS if column.title not in picture] == []
    assert "https://cdn" not in picture
    anew = draw(scene_of(picture))
    assert _words_in(anew) == _words_in(picture), "make it anew: python -m contrib.picture"


def _words_in(picture: str) -> list[str]:
    """What is to be read in it, however it is drawn."""
    return [text for text in re.findall(r"<text[^>]*>([^<]*)</text>", picture) if text.strip()]
