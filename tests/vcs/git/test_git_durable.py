"""What git has told us is done survives a power cut: it is on the disk, not only on its way."""

from tests.vcs.git.conftest import Trio
from tests.vcs.git.git_trace import Trace
from tests.vcs.git.git_world import commit_by_hand, git, head, must_commit, opened, write


def flushes(trace: Trace) -> dict[str, int]:
    """How often the commands of each name had the kernel write to the disk; then forgotten."""
    found: dict[str, int] = {}
    for name, events in trace.take():
        flushed = (e["value"] for e in events if e.get("key") == "fsync/hardware-flush")
        found[name] = found.get(name, 0) + sum(map(int, flushed))
    return found


async def test_objects_index_and_branch_of_a_commit_are_on_the_disk(
    trio: Trio, trace: Trace
) -> None:
    repository = await opened(trio.mine)
    write(trio.mine, a="new\n", other="o\n")
    flushes(trace)
    await must_commit(repository)
    found = flushes(trace)
    assert found["update-index"] >= 3, "two files and the index"
    assert found["write-tree"] >= 1
    assert found["commit-tree"] >= 1
    assert found["update-ref"] >= 1


async def test_what_came_in_is_on_the_disk(trio: Trio, trace: Trace) -> None:
    commit_by_hand(trio.theirs, theirs="t\n")
    git(trio.theirs, "push", "-q")
    repository = await opened(trio.mine)
    write(trio.mine, mine="m\n")
    await must_commit(repository)
    await repository.fetch()
    flushes(trace)
    merge = await repository.merge()
    assert merge.target
    await repository.push(merge.target)
    await repository.move(merge.target)
    found = flushes(trace)
    assert head(trio.mine) == merge.target
    assert found["read-tree"] >= 1
    assert found["update-ref"] >= 2, "what keeps the merge, and the branch"
