"""Commands that people are told to type, so that they work wherever they are typed."""

import re
import shlex
from pathlib import Path

_BARE = re.compile(r"`(?P<tool>git|hg) (?!-C |-R |--cwd |init |clone |config --global )")
_INTO = {"git": "-C", "hg": "--cwd"}


def in_folder(hint: str | None, folder: Path) -> str | None:
    """A hint whose commands (those between backticks) name the folder that they are meant for."""
    if hint is None:
        return None
    word = shlex.quote(str(folder))
    return _BARE.sub(lambda found: f"`{found['tool']} {_INTO[found['tool']]} {word} ", hint)
