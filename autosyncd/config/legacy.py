"""Recognises the INI file of the autosync of 2011, so that people are told how to go on."""

import re
import shlex

_HEADER = re.compile(rb"(?mi)^\[(?:autosync|dvcs|dcvs)\][ \t\r]*$")
_KEY = re.compile(rb"(?mi)^(?:path|syncmethod|statuscmd|commitcmd)[ \t]*[=:]")


def is_legacy(data: bytes) -> bool:
    """Whether the content of a file is a configuration of 2011."""
    return bool(_HEADER.search(data) and _KEY.search(data))


def import_hint(file: str) -> str:
    """What is wrong with such a file, and what to do."""
    command = f"autosyncctl import {shlex.quote(file)} > ~/.config/autosync/autosync.yaml"
    return f"is a configuration of the autosync of 2011, not YAML; turn it into YAML: `{command}`"
