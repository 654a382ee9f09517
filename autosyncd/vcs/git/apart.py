"""Where the working tree is on purpose not what its branch has, and how an update deals with it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.objects import entries_at
from autosyncd.vcs.tree.entry import Difference, Entry


@dataclass(frozen=True, slots=True)
class Apart:
    """The paths in which the tree differs from the commit that an update begins at.

    `passed_by` stay as they are on disk, while branch and index move on. `on_disk` are known
    versions (None: nothing is there), which the update may replace; the commit `base` has all of
    those, so that what is written to them late is based on it.
    """

    passed_by: frozenset[bytes] = frozenset()
    on_disk: Mapping[bytes, Entry | None] = field(default_factory=dict)
    base: str | None = None


NOWHERE = Apart()


async def on_the_way(
    git: Git, apart: Apart, changes: Sequence[Difference], new: str
) -> tuple[Difference, ...]:
    """What has to change on disk, of the `changes` from one commit to `new` and of what is apart
    already."""
    if not (apart.passed_by or apart.on_disk):
        return tuple(changes)
    wanted = {c.path: c for c in changes if c.path not in apart.passed_by}
    then = await entries_at(git, new, apart.on_disk) if apart.on_disk else {}
    wanted |= {p: Difference(p, old, then.get(p)) for p, old in apart.on_disk.items()}
    return tuple(_different(wanted[path] for path in sorted(wanted)))


def _different(changes: Iterable[Difference]) -> Iterable[Difference]:
    return (change for change in changes if change.old != change.new)
