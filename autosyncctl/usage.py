"""Mistakes on the command line, each in one line that says what was meant perhaps."""

import argparse
import sys
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from autosyncctl.output import letters_of
from autosyncd.api.near import did_you_mean
from autosyncd.api.slips import reworded, unknown_word
from autosyncd.errors import UsageError

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

ENDING = ("-h", "--help", "--version")
"""Options after which nothing else matters."""


class Parser(argparse.ArgumentParser):
    """argparse's, but mistakes are errors of ours, and the help of a command shows it in use."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"formatter_class": _Formatter, "allow_abbrev": False, **settings})
        self._positionals.title = "arguments"
        self.general: tuple[argparse.Action, ...] = ()
        """Options that every command has."""

    def format_help(self) -> str:
        """What `--help` prints."""
        from autosyncctl.examples import said

        if self.general:
            self.usage = self._own_usage()
            self.description, self.epilog = said(self)
        return super().format_help()

    def _own_usage(self) -> str:
        """How the command is called, without the options that every command has."""
        formatter = self._get_formatter()
        own = [one for one in self._actions if one not in self.general and one.dest != "help"]
        formatter.add_usage(None, own, self._mutually_exclusive_groups, prefix="")
        return formatter.format_help().strip()

    def _print_message(self, message: str, file: "SupportsWrite[str] | None" = None) -> None:
        """In letters that are there."""
        letters = letters_of(file or sys.stderr)
        super()._print_message(letters(message) if letters else message, file)

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        raise UsageError(f"cannot run {self.prog}: {reworded(message)}", hint=_see(self.prog))


class _Formatter(argparse.HelpFormatter):
    """Paragraphs are filled, unless they are indented."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        def filled(paragraph: str) -> str:
            if paragraph.startswith("  ") or "\n  " in paragraph:
                return paragraph
            return super(_Formatter, self)._fill_text(paragraph, width, indent)

        return "\n\n".join(map(filled, text.split("\n\n")))


def command_in(words: Sequence[str], known: Collection[str], options: Iterable[str]) -> str | None:
    """The command, None where help is wanted instead of one; raises UsageError where there is none
    or nobody knows it, and for an option before it that is none of `options`."""
    rest = iter(words)
    for word in rest:
        if not word.startswith("-"):
            if word not in known:
                why = f"there is no command '{word[:40]}'{did_you_mean(word, known)}"
                raise UsageError(f"cannot run autosyncctl: {why}", hint=_see("autosyncctl"))
            return word
        if word in ENDING:
            return None
        if word == "--socket":
            next(rest, None)
        elif word.partition("=")[0] not in options:
            raise strange([word], "autosyncctl", options)
    hint = "for example `autosyncctl status`; `autosyncctl --help` lists them all"
    raise UsageError("cannot run autosyncctl: no command is given", hint=hint)


def strange(words: Sequence[str], program: str, options: Iterable[str]) -> UsageError:
    """What to say of the words of a command line that nobody asked for."""
    why = unknown_word(words[0], options)
    return UsageError(f"cannot run {program}: {why}", hint=_see(program))


def _see(program: str) -> str:
    return f"see `{program} --help`"
