"""Keys that are valid and have no effect yet; whoever builds a feature deletes its row."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from autosyncd.config.structures import Block, Given
from autosyncd.config.wording import one_line


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A key (`SETTING` stands for a repository or the defaults), and what is missing.

    The values in `built` work already; where there are `missing_values`, all others do.
    """

    key: str
    missing: str
    built: tuple[str, ...] = ()
    missing_values: tuple[str, ...] = ()


UPCOMING = (Upcoming("SETTING.vcs", "no table for it is shipped", missing_values=("darcs",)),)


def not_built_yet(blocks: Iterable[Block]) -> tuple[str, ...]:
    """A sentence, with its file and line, for each key given in the files that does nothing yet."""
    return tuple(sentence for block in blocks for sentence in _sentences(block))


def _sentences(block: Block) -> Iterator[str]:
    for given in block.leaves():
        for row in UPCOMING:
            if _fits(row, given):
                place = given.place
                yield one_line(f"{place}: {place.key}: not built yet: {row.missing} so far")


def _fits(row: Upcoming, given: Given) -> bool:
    wanted, steps = row.key.split("."), _generalized(given.place.steps)
    fits = len(wanted) == len(steps) and all(map(fnmatchcase, steps, wanted))
    if row.missing_values:
        return fits and given.value in row.missing_values
    return fits and not (isinstance(given.value, str) and given.value in row.built)


def _generalized(steps: tuple[str, ...]) -> tuple[str, ...]:
    match steps:
        case ("defaults", *rest) | ("repositories", _, *rest):
            return ("SETTING", *rest)
    return steps
