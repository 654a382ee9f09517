"""What the user is in the middle of with Mercurial, told by the files it keeps meanwhile."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Business:
    """What is under way, and what ends it."""

    what: str
    cure: str


_STATES = {
    "updatestate": ("an update is unfinished", "`hg update` finishes it"),
    "rebasestate": ("a rebase is under way", "`hg rebase --continue` or `--abort`"),
    "histedit-state": ("a histedit is under way", "`hg histedit --continue` or `--abort`"),
    "graftstate": ("a graft is under way", "`hg graft --continue` or `--abort`"),
    "shelvedstate": ("an unshelve is under way", "`hg unshelve --continue` or `--abort`"),
    "transplant/journal": ("a transplant is under way", "`hg transplant --continue`"),
    "evolvestate": ("an evolve is under way", "`hg evolve --continue` or `--abort`"),
    "bisect.state": ("a bisection is under way", "`hg bisect --reset` ends it"),
}


def unfinished(control: Path) -> Business | None:
    """What the user has begun and not finished, if anything."""
    for name, (what, cure) in _STATES.items():
        if (control / name).exists():
            return Business(what, cure)
    applied = control / "patches" / "status"
    if applied.exists() and applied.stat().st_size:
        return Business("patches of mq are applied", "`hg qpop --all`, or `hg qfinish --applied`")
    return None


LOST = Business(
    "the commit that the files are of is not in .hg any more",
    "`hg unbundle` of the newest file in .hg/strip-backup brings it back, if a strip was killed",
)
MERGING = Business(
    "a merge is under way", "`hg commit` finishes it, `hg merge --abort` takes it back"
)
