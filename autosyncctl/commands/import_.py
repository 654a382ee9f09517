"""`autosyncctl import`: turn a configuration of 2011 into YAML."""

import argparse
import os
import sys
from pathlib import Path

from autosyncctl.legacy import files
from autosyncctl.legacy.convert import convert
from autosyncctl.legacy.ini import Ini, Note
from autosyncctl.legacy.write import document
from autosyncctl.output import Output
from autosyncctl.words import clean

NAME = "import"


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`import [FILE ...]`."""
    about = "turn the configuration of the autosync of 2011 into YAML on stdout"
    parser = commands.add_parser(NAME, help=about, description=about)
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="INI files, one for each path; without any, ~/.autosync",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the YAML on stdout, and on stderr what there is to know; no daemon is needed."""
    output = Output(arguments)
    home = Path.home()
    found = files.find(arguments.files, os.environ, home)
    inis = [files.read(path) for path in found]
    entries = [convert(ini) for ini in inis]
    if arguments.files:
        for ini in inis:
            files.overridden(ini, home)
    text = document(entries)
    for entry in entries:
        if entry.xmpp:
            _tell_of_password(entry.ini)
    notes = [note for ini in inis for note in sorted(ini.notes, key=lambda note: note.line)]
    if output.json:
        output.document({"yaml": text, "notes": [_shown(note) for note in notes]})
    else:
        output.text(text)
        for note in notes:
            print(f"autosyncctl: {clean(str(note))}", file=sys.stderr)
    return 0


def _tell_of_password(ini: Ini) -> None:
    ini.note(0, "the password is in the YAML: chmod 600, or use password_command instead")


def _shown(note: Note) -> dict[str, object]:
    return {"file": clean(note.file), "line": note.line or None, "text": clean(note.text)}
