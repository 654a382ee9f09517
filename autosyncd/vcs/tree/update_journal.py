"""Which update of the working tree is under way, so that a crash in the middle can be finished."""

import msgspec

from autosyncd.vcs.tree.home import Home


class Journal(msgspec.Struct, frozen=True, kw_only=True):
    """An update from `old` (None: unborn) to `new`, with the generation that holds its files."""

    branch: str
    old: str | None
    new: str
    generation: str


_decode = msgspec.json.Decoder(Journal).decode


def draft_journal(home: Home, journal: Journal) -> None:
    """Write down the update; to be made durable before it begins."""
    (home.own / "journal.new").write_bytes(msgspec.json.encode(journal))


def begin_journal(home: Home) -> None:
    """From now on the update is under way."""
    (home.own / "journal.new").replace(home.own / "journal")


def drop_draft(home: Home) -> None:
    """Forget an update that was written down and never began."""
    (home.own / "journal.new").unlink(missing_ok=True)


def read_journal(home: Home) -> Journal | None:
    """The update that was under way, or None; a damaged record counts as none."""
    try:
        return _decode((home.own / "journal").read_bytes())
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def drop_journal(home: Home) -> None:
    """Forget the update: it is complete, or nothing of it was begun."""
    (home.own / "journal").unlink(missing_ok=True)
    drop_draft(home)
