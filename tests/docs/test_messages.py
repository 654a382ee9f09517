"""Every text that tells a person what went wrong keeps the form that they rely on."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from autosyncctl.anatomy import Command, anatomy
from autosyncctl.cli import parser
from tests.docs.markdown import ROOT

PACKAGES = ("autosyncd", "autosyncctl")
INSIDE_MERCURIAL = ROOT / "autosyncd" / "vcs" / "hg" / "extension"

FOR_THE_USER = ("NeedsUserError", "RemoteNeedsUserError", "AwayError", "UsageError")
"""Errors that waiting alone does not cure: they say what does."""

KNOWN_NAMES = ("HEAD", "HOST:PORT", "Mercurial", "XMPP", "XDG_RUNTIME_DIR")
"""With which a sentence may begin, though nothing else begins with a capital."""


@dataclass(frozen=True, slots=True)
class Text:
    """A literal of the source; `{}` stands for what is filled in, `values` has the expressions."""

    place: str
    words: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """An error as it is raised, with its next step if it has one."""

    kind: str
    what: Text
    hint: Text | None


def _trees() -> Iterator[tuple[Path, ast.Module]]:
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            if INSIDE_MERCURIAL not in file.parents:
                yield file.relative_to(ROOT), ast.parse(file.read_text())


def _text(file: Path, node: ast.expr) -> Text | None:
    place = f"{file}:{node.lineno}"
    match node:
        case ast.Constant(value=str(words)):
            return Text(place, words)
        case ast.JoinedStr():
            parts = [
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
            ]
            values = (part for part in node.values if isinstance(part, ast.FormattedValue))
            return Text(place, "".join(parts), tuple(ast.unparse(one.value) for one in values))
        case ast.BinOp(left=left, op=ast.Add()):
            return _text(file, left)
        case _:
            return None


def _texts() -> Iterator[Text]:
    """All literals, those that are parts of others left out."""
    for file, tree in _trees():
        inside = {
            id(part)
            for node in ast.walk(tree)
            if isinstance(node, ast.JoinedStr)
            for part in node.values
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant | ast.JoinedStr) or id(node) in inside:
                continue
            if text := _text(file, node):
                yield text


def _messages() -> Iterator[Message]:
    for file, tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                kind = node.func.id
                if kind.endswith("Error") and kind[0].isupper() and node.args:
                    hints = (word.value for word in node.keywords if word.arg == "hint")
                    what = _text(file, node.args[0])
                    found = next(hints, None)
                    hint = None if found is None else _text(file, found) or Text("", "…")
                    if what and kind != "AssertionError":
                        yield Message(kind, what, hint)


TEXTS = tuple(_texts())
MESSAGES = tuple(_messages())
SENTENCES = (
    *(one.what for one in MESSAGES),
    *(one.hint for one in MESSAGES if one.hint and one.hint.place),
)


def test_all_messages_are_seen_by_these_tests() -> None:
    assert len(MESSAGES) > 250
    assert len([one for one in MESSAGES if one.hint]) > 100


def test_no_message_ends_like_a_sentence_of_a_novel() -> None:
    assert not [one for one in SENTENCES if one.words.endswith((".", "!", ":", "\n"))]


def test_no_message_begins_with_a_capital() -> None:
    wrong = [one for one in SENTENCES if one.words[:1].isupper()]
    assert not [one for one in wrong if not one.words.startswith(KNOWN_NAMES)]


def test_what_cannot_be_done_has_its_why_behind_a_colon() -> None:
    begun = [one.what for one in MESSAGES if one.what.words.startswith("cannot ")]
    assert len(begun) > 100
    bare = [one.words for one in begun if not re.match(r"cannot .+?: \S", one.words)]
    assert set(bare) == {"cannot go on after {}", "cannot reach {}", "cannot set {}"}  # why follows


def test_no_value_is_shown_as_python_writes_it() -> None:
    shown = [
        f"{file}:{node.lineno}"
        for file, tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
        if isinstance(part, ast.FormattedValue) and part.conversion == ord("r")
    ]
    bugs = [one for one in shown if one.startswith("autosyncd/vcs/hg/merge.py")]
    assert shown == bugs  # what only a bug can bring about


def test_who_is_needed_is_told_what_to_do() -> None:
    mute = {
        one.what.words
        for one in MESSAGES
        if one.kind in FOR_THE_USER and one.hint is None and not _says_it(one.what.words)
    }
    assert mute == {"cannot {}: {}"}  # what the decoder of a request says is allowed


def _says_it(words: str) -> bool:
    """Whether the message itself tells what would be right."""
    return any(told in words for told in ("allowed: ", "choose one", "must be", "set {}"))


COMMAND = re.compile(r"\b(?:git -C|hg -R|git init|git clone|hg init|rm|chmod \S+|> ?) \{\}")


def test_paths_in_commands_to_be_typed_are_quoted_for_the_shell() -> None:
    bare = []
    for text in SENTENCES:
        for found in COMMAND.finditer(text.words):
            value = text.values[text.words[: found.end()].count("{}") - 1]
            if not ("shlex.quote(" in value or "quoted" in value or value.isidentifier()):
                bare.append((text.place, value))
    assert not bare


PROGRAM: Command = anatomy(parser())
COMMANDS = {command.name: command for command in PROGRAM.commands}
TYPED = re.compile(r"[`'\"]autosyncctl ([a-z]+)((?: (?:--?[a-z-]+|\{\}|[A-Z]+))*)")


def _typed() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """The commands of ours that texts of the program and its pages tell people to type."""
    pages = [Text(str(page.relative_to(ROOT)), page.read_text()) for page in ROOT.glob("*.md")]
    pages += [
        Text(str(page.relative_to(ROOT)), page.read_text()) for page in ROOT.glob("docs/*.md")
    ]
    for text in (*TEXTS, *(one for one in pages if one.place != "CHANGELOG.md")):
        for found in TYPED.finditer(text.words):
            flags = tuple(word for word in found[2].split() if word.startswith("-"))
            yield text.place, found[1], flags


@pytest.mark.parametrize("name", sorted({name for _, name, _ in _typed()}))
def test_commands_that_are_to_be_typed_exist(name: str) -> None:
    told = [(place, flags) for place, other, flags in _typed() if other == name]
    assert name in COMMANDS, told
    known = {flag for option in COMMANDS[name].options for flag in option.flags}
    known |= {flag for option in PROGRAM.options for flag in option.flags}
    assert not [(place, flags) for place, flags in told if not known.issuperset(flags)]
