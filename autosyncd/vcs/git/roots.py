"""The first commits of a history, by which machines know that two repositories are one."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.layout import Layout

MOST = 32
"""Histories that were joined from more than so many are known by some of them."""

_IDS = re.compile(r"(?:[0-9a-f]{40,64}\n)+")


@dataclass(slots=True)
class Roots:
    """Asks git once for the life of the repository: it reads the whole history to find them."""

    git: Git
    layout: Layout
    _known: tuple[str, ...] = field(default=(), init=False)

    async def of(self, head: str | None) -> tuple[str, ...]:
        """The roots of the history that `head` ends; none where that is cut off (a shallow clone),
        since another clone of it may be cut off elsewhere."""
        if head is None or (self.layout.common_dir / "shallow").exists():
            return ()
        if not self._known:
            self._known = _remembered(self._file) or await self._found(head)
        return self._known

    @property
    def _file(self) -> Path:
        return self.layout.own / "roots"

    async def _found(self, head: str) -> tuple[str, ...]:
        said = await self.git.output("rev-list", "--max-parents=0", head)
        roots = tuple(sorted(said.decode("ascii").split())[:MOST])
        try:
            self.layout.own.mkdir(exist_ok=True)
            self._file.write_text("".join(f"{root}\n" for root in roots))
        except OSError:
            pass  # it is asked again next time
        return roots


def _remembered(file: Path) -> tuple[str, ...]:
    try:
        text = file.read_text("ascii")
    except (OSError, UnicodeError):
        return ()
    return tuple(text.split()) if _IDS.fullmatch(text) else ()
