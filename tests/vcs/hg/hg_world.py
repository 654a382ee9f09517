"""Real Mercurial repositories for tests: made with hg itself, used through our backend."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.vcs.contract.subject import write_files

Argument = str | bytes | Path


def hg(folder: Path, *arguments: Argument, check: bool = True) -> bytes:
    """What an hg command of the user's says."""
    done = subprocess.run(
        ["hg", *arguments],
        cwd=folder,
        env={**os.environ, "HGPLAIN": "1", "HGUSER": "Test Person <test@example.org>"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if check and done.returncode:
        raise AssertionError(done.stderr.decode("utf-8", "replace"))
    return done.stdout


@dataclass(frozen=True, slots=True)
class Template:
    """A shared repository and a clone of it, to be copied."""

    shared: Path
    clone: Path

    @classmethod
    def make(cls, folder: Path, files: Mapping[bytes, bytes]) -> Self:
        """With these files in the first commit, or without any commit."""
        made = cls(folder / "shared", folder / "clone")
        folder.mkdir()
        hg(folder, "init", made.shared)
        hg(folder, "clone", "-q", made.shared, made.clone)
        if files:
            write_files(made.clone, files)
            hg(made.clone, "commit", "-q", "-A", "-m", "by hand")
            hg(made.clone, "push", "-q")
        return made

    def check_out(self, address: str, folder: Path) -> None:
        """A clone of a copy of the shared repository."""
        shutil.copytree(self.clone, folder)
        (folder / ".hg" / "hgrc").write_text(f"[paths]\ndefault = {address}\n")
