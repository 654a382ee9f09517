"""What the next commit of a folder would take, and what would be left out; changes nothing."""

import os
from collections.abc import Iterable
from pathlib import Path

from autosyncd.api.types import HeldPath, Preview
from autosyncd.config.model import RepositorySettings
from autosyncd.core.ignoring import BUILT_IN, compile_lines
from autosyncd.onboarding.folder import Folder, as_repository
from autosyncd.vcs.base import Look
from autosyncd.vcs.git.index_memory import IndexMemory
from autosyncd.vcs.git.look import Looker
from autosyncd.vcs.git.quick_look import QuickLook
from autosyncd.vcs.git.withheld import Withheld
from autosyncd.worker.approving import shown
from autosyncd.worker.guard import Guard
from autosyncd.worker.surroundings import Surroundings

SHOWN = 100
"""How much of what would be held a preview lists."""


async def preview(folder: Folder, settings: RepositorySettings, around: Surroundings) -> Preview:
    """Look at the whole folder as the daemon will before it commits; its worker need not read again
    what was read here."""
    async with as_repository(folder) as (git, layout):
        withheld = Withheld()
        quick = QuickLook(git, layout, IndexMemory())
        patterns = compile_lines((*BUILT_IN, *settings.ignore))
        looker = Looker(git, layout, patterns, withheld, quick)
        look = await looker.look(None)
        guard = Guard(settings, frozenset(), around.lost_power_at)
        judged = await guard.judge(layout.root, look)
    around.judged.keep(settings, guard.verdicts)
    return _summary(settings.name, layout.root, judged)


def _summary(name: str, root: Path, look: Look) -> Preview:
    taken = {change.path: change for change in look.changes}
    paths = [*taken, *(path for path in look.unstable if path not in taken)]
    held = tuple(
        HeldPath(
            repository=name,
            path=shown(left.path),
            why=left.why,
            hint=left.hint,
            approvable=left.reason is not None,
        )
        for left in sorted(look.left_out, key=lambda left: left.path)
    )
    return Preview(
        files=len(paths),
        bytes=_size(os.fsencode(root), paths),
        held=held[:SHOWN],
        more=max(0, len(held) - SHOWN),
    )


def _size(root: bytes, paths: Iterable[bytes]) -> int:
    total = 0
    for path in paths:
        try:
            total += os.lstat(root + b"/" + path).st_size
        except OSError:
            continue
    return total
