"""Recognises the INI file of the autosync of 2011, so that people are told how to go on."""

import re
import shlex
from pathlib import Path

_HEADER = re.compile(rb"(?mi)^\[(?:autosync|dvcs|dcvs)\][ \t\r]*$")
_KEY = re.compile(rb"(?mi)^(?:path|syncmethod|statuscmd|commitcmd)[ \t]*[=:]")


def is_legacy(data: bytes) -> bool:
    """Whether the content of a file is a configuration of 2011."""
    return bool(_HEADER.search(data) and _KEY.search(data))


def import_hint(file: str) -> str:
    """What is wrong with such a file, and what to do: a command that overwrites nothing."""
    target = "~/.config/autosync/autosync.yaml"
    into = f"mkdir -p ~/.config/autosync && autosyncctl import {shlex.quote(file)} > {target}"
    if Path(target).expanduser().exists():
        into = f"autosyncctl import {shlex.quote(file)} > imported.yaml"
    return f"is a configuration of the autosync of 2011, not YAML; turn it into YAML: `{into}`"
