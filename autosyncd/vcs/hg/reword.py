"""Another message for an automatic commit that was not published yet.

The commits on it are made again on the new one by Mercurial's own means for that; contents, authors
and dates stay, and no file is touched. What was there stays in a bundle under `.hg/strip-backup`.
"""

from dataclasses import dataclass
from pathlib import Path

from autosyncd.errors import RepositoryFailedError, RetryError
from autosyncd.vcs.hg.command import Hg

_REFUSED = {
    "published": ("it has been pushed, or is not on this branch", None),
    "by hand": ("autosync did not make it", "`hg commit --amend`"),
    "built on": ("other commits than those checked out are made on it", "see `hg heads`"),
}


@dataclass(frozen=True, slots=True)
class Reworded:
    """The new id of the commit, and of the one that is checked out."""

    commit: str
    head: str


async def reword(
    hg: Hg, note: Path, commit: str, text: str, head: str | None, tip: str | None
) -> Reworded:
    """Put `text` in place of a commit's subject; `tip` is what the remote was seen to have. The
    note stays if it was not brought to an end.

    Raises RepositoryFailedError if it can't be described, RetryError if somebody moved meanwhile.
    """
    subject = text.strip()
    if not subject:
        raise RepositoryFailedError(f"cannot describe {commit[:12]}: the text is empty")
    if head is None:
        raise RetryError(f"cannot describe {commit[:12]}: there is no commit here")
    note.write_text(f"{commit} {head}")
    made = await hg.ask("reword", commit=commit, subject=subject, expected=head, tip=tip)
    note.unlink(missing_ok=True)
    if why := made.get("refused"):
        reason, hint = _REFUSED[why]
        raise RepositoryFailedError(f"cannot describe {commit[:12]}: {reason}", hint=hint)
    return Reworded(made["commit"], made["head"])
