"""What came in that its user should know of, although nothing had to be done here."""

from autosyncd.vcs.base import KnowsCopies, Merge, Repository, Settled


async def incoming(repository: Repository, before: str | None, merge: Merge) -> tuple[Settled, ...]:
    """The conflicts in what was taken in that other machines have settled, not this one."""
    if not (before and merge.target and isinstance(repository, KnowsCopies)):
        return ()
    ours = {one.copy for one in merge.settled}
    found = await repository.settled_between(before, merge.target)
    return tuple(one for one in found if one.copy not in ours)
