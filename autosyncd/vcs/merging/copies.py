"""Where in a tree the conflict copies go."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from autosyncd.vcs.merging.conflict_names import copy_name, parents
from autosyncd.vcs.tree.entry import Entry

EntriesAt = Callable[[Sequence[bytes]], Awaitable[Mapping[bytes, Entry]]]
"""What a tree has at paths; those where it has nothing are left out."""


async def place_copies(
    entries_at: EntriesAt,
    changes: Mapping[bytes, Entry | None],
    copies: Sequence[tuple[bytes, Entry]],
) -> list[tuple[bytes, Entry]]:
    """A path and an entry for each version that gives up its path, in the same order.

    They go into the tree that `changes` make of the one in which `entries_at` looks paths up. A
    name that some other content has is left alone, and one that the same content has is shared.
    """
    result = dict(changes)
    folders = {folder for path, entry in changes.items() if entry for folder in parents(path)}
    placed: dict[int, tuple[bytes, Entry]] = {}
    attempt = 0
    while waiting := [at for at in range(len(copies)) if at not in placed]:
        names = {at: copy_name(copies[at][0], copies[at][1].oid, attempt) for at in waiting}
        asked = sorted({name for name in names.values() if name not in result})
        there = await entries_at(asked)
        for at, name in names.items():
            holder = result.get(name, there.get(name))
            if name not in folders and (entry := _shared(holder, copies[at][1])):
                placed[at] = name, entry
                result[name] = entry
        attempt += 1
    return [placed[at] for at in range(len(copies))]


def _shared(holder: Entry | None, wanted: Entry) -> Entry | None:
    """What stands at a name once `wanted` has it too; None if it is taken by something else."""
    if holder is None or holder == wanted:
        return wanted
    same_file = holder.regular and wanted.regular and holder.oid == wanted.oid
    return holder if same_file else None
