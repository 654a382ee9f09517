"""Which update of the working tree is under way, so that a crash in the middle can be finished."""

import os

import msgspec

from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.layout import Layout


class Journal(msgspec.Struct, frozen=True, kw_only=True):
    """An update from `old` (None: unborn) to `new`, with the generation that holds its files."""

    branch: str
    old: str | None
    new: str
    generation: str


_decode = msgspec.json.Decoder(Journal).decode


def draft_journal(layout: Layout, journal: Journal) -> None:
    """Write down the update; to be made durable before it begins."""
    (layout.own / "journal.new").write_bytes(msgspec.json.encode(journal))


def begin_journal(layout: Layout) -> None:
    """From now on the update is under way."""
    (layout.own / "journal.new").replace(layout.own / "journal")


def drop_draft(layout: Layout) -> None:
    """Forget an update that was written down and never began."""
    (layout.own / "journal.new").unlink(missing_ok=True)


def read_journal(layout: Layout) -> Journal | None:
    """The update that was under way, or None; a damaged record counts as none."""
    try:
        return _decode((layout.own / "journal").read_bytes())
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def drop_journal(layout: Layout) -> None:
    """Forget the update: it is complete, or nothing of it was begun."""
    (layout.own / "journal").unlink(missing_ok=True)
    drop_draft(layout)


async def stands_at(git: Git, branch: str, commit: str | None) -> bool:
    """Whether HEAD is `commit` (None: unborn) on `branch`."""
    ref = await git.run("symbolic-ref", "-q", "HEAD")
    head = await git.run("rev-parse", "-q", "--verify", "HEAD^{commit}")
    here = head.stdout.decode("ascii").strip() or None
    return os.fsdecode(ref.stdout.rstrip(b"\n")) == f"refs/heads/{branch}" and here == commit
