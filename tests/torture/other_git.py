"""Where a git of another version is, if there is one: see `other_git.sh`."""

import os
from pathlib import Path

UNPACKED = Path(__file__).parents[2] / ".make" / "other-git" / "bin" / "git"


def other_git() -> str | None:
    """The program that `$AUTOSYNC_OTHER_GIT` names, or the one that `make tools` has unpacked."""
    named = os.environ.get("AUTOSYNC_OTHER_GIT")
    return named or (str(UNPACKED) if UNPACKED.exists() else None)
