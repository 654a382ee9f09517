"""What one file costs to commit, to push and to pull: git processes, and how often the whole index
is read or written.

Each process costs 2 ms, and the index of a large repository many times that. Nothing is timed here
(`bench/commit_cost.py` does that): what is counted is what makes the time.
"""

from collections import Counter

from autosyncd.vcs.git.repository import GitRepository
from tests.vcs.git.conftest import Trio
from tests.vcs.git.git_trace import Trace
from tests.vcs.git.git_world import must_commit, opened, saying, settled, write

COMMIT = ("update-index", "write-tree", "diff-tree", "commit-tree", "update-ref")
READS = {"update-index": 1, "write-tree": 1, "diff-tree": 1}
WRITES = {"update-index": 1, "write-tree": 1}
GIVE = ("fetch", "push", "update-ref")
TAKE = (
    *("fetch", "cat-file", "update-ref", "update-ref", "diff-tree"),
    *("read-tree", "checkout-index", "add", "update-ref"),
)
TAKE_READS = {"read-tree": 1, "checkout-index": 1, "add": 1, "diff-tree": 1}
TAKE_WRITES = {"read-tree": 1, "add": 1}


def counted(trace: Trace) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Processes that we started, and readings and writings of the index, by command; then
    forgotten."""
    processes, reads, writes = Counter[str](), Counter[str](), Counter[str]()
    for name, events in trace.take():
        if "/" in events[0]["sid"]:  # git's own child
            continue
        entered = Counter(e.get("label") for e in events if e["event"] == "region_enter")
        processes[name] += 1
        reads[name] += entered["do_read_index"]
        writes[name] += entered["do_write_index"]
    return processes, +reads, +writes


async def changed(repository: GitRepository, text: str) -> None:
    """One file is saved, and noticed."""
    write(repository.root, a=text)
    await must_commit(repository, b"a")
    await repository.inspect()


async def test_one_changed_file_costs_five_processes_and_few_looks_at_the_index(
    trio: Trio, trace: Trace
) -> None:
    repository = await opened(trio.mine)
    for text in ("first\n", "second\n"):  # with the first one the index becomes the engine's own
        await changed(repository, text)
    write(trio.mine, a="third\n")
    await settled(repository, b"a")
    counted(trace)
    assert await repository.commit(await repository.look(frozenset({b"a"})), saying("third"))
    await repository.inspect()
    processes, reads, writes = counted(trace)
    assert processes <= Counter(COMMIT), processes
    assert reads <= Counter(READS), reads
    assert writes <= Counter(WRITES), writes


async def test_a_file_on_its_way_to_another_machine_costs_what_it_must(
    trio: Trio, trace: Trace
) -> None:
    """Everything is checked all the same: see the tests of fetches, pushes and moves."""
    mine, theirs = await opened(trio.mine), await opened(trio.theirs)
    for text in ("first\n", "second\n"):  # with the first ones everybody gets to know everything
        await changed(mine, text)
        await give(mine)
        await take(theirs)
    await changed(mine, "third\n")
    counted(trace)
    await give(mine)
    given, reads, writes = counted(trace)
    assert given <= Counter(GIVE), given
    assert not writes, writes
    await take(theirs)
    taken, reads, writes = counted(trace)
    assert taken <= Counter(TAKE), taken
    assert reads <= Counter(TAKE_READS), reads
    assert writes <= Counter(TAKE_WRITES), writes
    assert (trio.theirs / "a").read_text() == "third\n"


async def give(repository: GitRepository) -> None:
    """What the worker does about a commit."""
    await repository.fetch()
    standing = await repository.inspect()
    assert standing.head
    assert standing.branch
    await repository.push(standing.head, standing.branch)
    await repository.inspect()


async def take(repository: GitRepository) -> None:
    """What the worker does about an announcement."""
    await repository.fetch()
    before = await repository.inspect()
    merge = await repository.merge()
    assert before.head
    assert merge.target
    await repository.move(merge.target, before.branch)
    await repository.inspect()
    assert await repository.count_conflict_copies() == 0
    assert await repository.settled_between(before.head, merge.target) == ()
