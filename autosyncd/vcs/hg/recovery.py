"""What a killed hg or a killed daemon leaves behind, and the way out."""

import logging
import os
import shlex
import socket
from pathlib import Path

from autosyncd.errors import NeedsUserError
from autosyncd.vcs.hg.command import Hg
from autosyncd.vcs.hg.failures import complaint
from autosyncd.vcs.hg.layout import Layout

log = logging.getLogger(__name__)


async def mend_store(hg: Hg, layout: Layout) -> str | None:
    """Roll back a transaction that nobody will finish; returns what was mended.

    A lock names the host and the process that has it. One of a live process, or of another host,
    is never touched: Mercurial itself takes over those of dead processes of this host.
    """
    journal = layout.store / "journal"
    if not journal.exists() or _held(layout.store):
        return None
    said = await hg.say("recover", "-q")
    if said.returncode not in (0, 1) or journal.exists():
        raise NeedsUserError(
            f"cannot mend {layout.root}: {complaint(said)}",
            hint=f"see what `hg -R {shlex.quote(str(layout.root))} recover` says",
        )
    if said.returncode:
        return None  # it came to its end meanwhile
    return "an unfinished transaction of Mercurial was rolled back"


async def mend_remote(hg: Hg, url: str) -> None:
    """The same for a remote that is a folder: it has nobody else who would do it."""
    folder = hg.layout.root / url.removeprefix("file://")
    store = folder / ".hg" / "store"
    if (store / "journal").exists() and not _held(store):
        await hg.say("recover", "-q", "-R", os.fspath(folder))


async def mend_parent(hg: Hg, layout: Layout) -> str | None:
    """Bring back the commit that the files are of, where a strip was killed that had to add it
    again (repair.py: what comes after the stripped commits is in a bundle meanwhile)."""
    if _held(layout.store) or "lost" not in await hg.ask("standing", tip=None):
        return None
    bundles = (layout.control / "strip-backup").glob("*-temp.hg")
    for bundle in sorted(bundles, key=lambda file: file.stat().st_mtime_ns, reverse=True):
        await hg.say("unbundle", "-q", os.fspath(bundle))
        if "lost" not in await hg.ask("standing", tip=None):
            return "commits that a killed `hg strip` had set aside were brought back"
    return None


async def finish_rewording(hg: Hg, note: Path) -> None:
    """Take away the old commits of which others were made with the user's words."""
    try:
        commit, head = note.read_text().split()
    except (OSError, ValueError):
        return
    if await hg.ask("forget_reworded", commit=commit, head=head):
        log.info("the commit %s was described, and is replaced", commit[:12])
    note.unlink(missing_ok=True)


def _held(store: Path) -> bool:
    """Whether the store's lock may have a living owner (hg's `lock.py`: HOST:PID, or with the
    namespace of processes HOST/NAMESPACE:PID)."""
    try:
        holder = str((store / "lock").readlink())
    except OSError:
        return False
    host, _, process = holder.rpartition(":")
    if host.partition("/")[0] != socket.gethostname() or not process.isdigit():
        return True
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


async def finish_commit(hg: Hg, layout: Layout) -> None:
    """Note a commit that was made when its daemon died before it could say that the tree has it."""
    note = layout.own / "committing"
    try:
        token = note.read_text()
    except OSError:
        return
    if made := await hg.ask("roll_forward", token=token):
        log.info("the commit %s that was interrupted is complete", made[:12])
    note.unlink(missing_ok=True)
