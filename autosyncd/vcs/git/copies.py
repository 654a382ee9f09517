"""Where in a tree of git's the conflict copies go."""

from collections.abc import Mapping, Sequence

from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.objects import entries_at
from autosyncd.vcs.merging import copies
from autosyncd.vcs.tree.entry import Entry


async def place_copies(
    git: Git,
    treeish: str,
    changes: Mapping[bytes, Entry | None],
    versions: Sequence[tuple[bytes, Entry]],
) -> list[tuple[bytes, Entry]]:
    """A path and an entry for each version that gives up its path, in the same order."""

    async def there(paths: Sequence[bytes]) -> Mapping[bytes, Entry]:
        return await entries_at(git, treeish, paths)

    return await copies.place_copies(there, changes, versions)
