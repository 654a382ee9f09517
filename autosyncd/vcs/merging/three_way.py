"""What becomes of each path that two sides changed: pure, without renames, every case listed.

Without rename detection a rename is a deletion and an addition: every content stays under the name
that its user gave it, and the answer is the same with every version of git.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from autosyncd.vcs.merging.conflict_names import parents
from autosyncd.vcs.tree.entry import Difference, Entry


@dataclass(frozen=True, slots=True)
class Clash:
    """A path that both sides hold in versions of their own; `base` is what they had before."""

    path: bytes
    base: Entry | None
    left: Entry
    right: Entry

    @property
    def text(self) -> bool:
        """Whether its lines may be merged."""
        return bool(self.base and self.base.regular and self.left.regular and self.right.regular)

    def merged(self, oid: str) -> Entry:
        """The entry with the content of one side, or of both, and the mode of who changed it."""
        return Entry(_merged_mode(self.base, self.left, self.right), oid)

    def won_by(self, side: Entry) -> Entry:
        """What stands at the path when `side` keeps the name."""
        both_files = self.left.regular and self.right.regular
        return self.merged(side.oid) if both_files else side


@dataclass(frozen=True, slots=True)
class Comparison:
    """All paths that differ from the base on a side: settled, or not.

    `settled` maps to what the result holds, `revived` are those of them that one side deleted and
    the other changed: the change stays.
    """

    settled: Mapping[bytes, Entry | None]
    clashes: tuple[Clash, ...]
    revived: tuple[bytes, ...]


def compare(left: Iterable[Difference], right: Iterable[Difference]) -> Comparison:
    """Compare what each side changed since the base."""
    lefts, rights = ({change.path: change for change in side} for side in (left, right))
    settled: dict[bytes, Entry | None] = {}
    clashes, revived = [], []
    for path in sorted(lefts.keys() | rights.keys()):
        if path not in lefts or path not in rights:
            settled[path] = (lefts.get(path) or rights[path]).new
            continue
        outcome = _decide(lefts[path], rights[path].new)
        if isinstance(outcome, Clash):
            clashes.append(outcome)
            continue
        settled[path] = outcome
        if outcome and not (lefts[path].new and rights[path].new):
            revived.append(path)
    return Comparison(settled, tuple(clashes), tuple(revived))


def files_in_the_way(present: Iterable[bytes]) -> tuple[bytes, ...]:
    """Those of the paths that would have to be a folder too, for another one of them."""
    paths = frozenset(present)
    folders = {folder for path in paths for folder in parents(path)}
    return tuple(sorted(paths & folders))


def _decide(left: Difference, right: Entry | None) -> Entry | Clash | None:
    base, one = left.old, left.new
    if one == right:
        return one
    if one is None or right is None:
        return one or right
    oid = _changed_content(base, one, right) if one.regular and right.regular else None
    clash = Clash(left.path, base, one, right)
    return clash if oid is None else clash.merged(oid)


def _changed_content(base: Entry | None, left: Entry, right: Entry) -> str | None:
    """The content when at most one side changed it."""
    before = base.oid if base and base.regular else None
    if left.oid == right.oid or right.oid == before:
        return left.oid
    return right.oid if left.oid == before else None


def _merged_mode(base: Entry | None, left: Entry, right: Entry) -> str:
    before = base.mode if base and base.regular else None
    if left.mode == before:
        return right.mode
    return left.mode if right.mode == before else max(left.mode, right.mode)
