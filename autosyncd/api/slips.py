"""Mistakes on a command line as a person would say them, made of what argparse says."""

import re
from collections.abc import Iterable

from autosyncd.api.near import did_you_mean

_MISSING = re.compile(r"the following arguments are required: (.+)")
_CHOICE = re.compile(r"argument (.+?): invalid choice: '(.*)' \(choose from (.+)\)", re.DOTALL)
_VALUE = re.compile(r"argument (.+?): expected one argument")
_TWO = re.compile(r"argument (.+?): not allowed with argument (.+)")
_STRANGE = re.compile(r"unrecognized arguments: (\S+).*", re.DOTALL)
_SHOWN = 40


def unknown_word(word: str, options: Iterable[str]) -> str:
    """Of a word that nobody asked for: what may have been meant."""
    if not word.startswith("-"):
        return f"there is one word too many: '{word[:_SHOWN]}'"
    name = word.partition("=")[0]
    return f"there is no option {name[:_SHOWN]}{did_you_mean(name, options)}"


def reworded(message: str, options: Iterable[str] = ()) -> str:
    """What argparse says, in words of ours; `options` are those there are."""
    if found := _STRANGE.fullmatch(message):
        return unknown_word(found[1], options)
    if found := _MISSING.fullmatch(message):
        return f"{found[1]} is missing"
    if found := _CHOICE.fullmatch(message):
        allowed = [word.strip("'") for word in found[3].split(", ")]
        meant = did_you_mean(found[2], allowed)
        return f"{found[1]} can't be '{found[2][:_SHOWN]}'{meant}; allowed: {', '.join(allowed)}"
    if found := _VALUE.fullmatch(message):
        return f"{found[1]} needs a value"
    if found := _TWO.fullmatch(message):
        return f"{found[1]} and {found[2]} exclude each other"
    return message.removeprefix("argument ")
