"""Where damaged parts of a repository are put: out of git's sight, and never deleted."""

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from autosyncd.vcs.git.layout import Layout


@dataclass(slots=True)
class Quarantine:
    """A folder of its own for each repair, made when the first thing comes in."""

    folder: Path
    count: int = 0

    def take(self, path: Path, top: Path) -> None:
        """Move a file here, with its path relative to `top`; one that has gone is no matter."""
        target = self.folder / path.relative_to(top)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            path.rename(target)
        except FileNotFoundError:
            return
        self.count += 1

    def keep(self, path: Path, top: Path) -> None:
        """Keep a second name of a file that is about to be replaced."""
        target = self.folder / path.relative_to(top)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            os.link(path, target)
        except FileNotFoundError:
            return
        except OSError:
            shutil.copy2(path, target)
        self.count += 1


def new_quarantine(git_dir: Path) -> Quarantine:
    """One for the damage that was found now."""
    return Quarantine(git_dir / "autosync" / f"damaged-{time.time_ns()}")


def is_blank(file: Path) -> bool:
    """Whether a file holds nothing, or only zeros: what a power cut leaves of a new one."""
    try:
        with file.open("rb") as opened:
            return not opened.read(4096).strip(b"\0")
    except OSError:
        return False


def blank_refs(layout: Layout) -> tuple[Path, ...]:
    """Refs that a power cut left empty, and `packed-refs` if it was overwritten with zeros."""
    refs = (file for file in (layout.common_dir / "refs").rglob("*") if file.is_file())
    packed = layout.common_dir / "packed-refs"
    zeros = (packed,) if is_blank(packed) and packed.stat().st_size else ()
    return (*(file for file in refs if not file.name.endswith(".lock") and is_blank(file)), *zeros)
