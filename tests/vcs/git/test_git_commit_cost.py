"""What a commit of one file costs: git processes, and how often the whole index is read or written.

Each process costs 2 ms, and the index of a large repository many times that. Nothing is timed here
(`bench/commit_cost.py` does that): what is counted is what makes the time.
"""

from collections import Counter

from tests.vcs.git.conftest import Trio
from tests.vcs.git.git_trace import Trace
from tests.vcs.git.git_world import must_commit, opened, saying, settled, write

PROCESSES = (
    *("ls-tree", "for-each-ref", "update-index", "write-tree"),
    *("diff-tree", "commit-tree", "update-ref"),
)
READS = {"update-index": 1, "write-tree": 1, "diff-tree": 1}
WRITES = {"update-index": 1, "write-tree": 1}


def counted(trace: Trace) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Processes, and readings and writings of the index, by command; then forgotten."""
    processes, reads, writes = Counter[str](), Counter[str](), Counter[str]()
    for name, events in trace.take():
        entered = Counter(e.get("label") for e in events if e["event"] == "region_enter")
        processes[name] += 1
        reads[name] += entered["do_read_index"]
        writes[name] += entered["do_write_index"]
    return processes, +reads, +writes


async def test_one_changed_file_costs_seven_processes_and_few_looks_at_the_index(
    trio: Trio, trace: Trace
) -> None:
    repository = await opened(trio.mine)
    for text in ("first\n", "second\n"):  # with the first one the index becomes the engine's own
        write(trio.mine, a=text)
        await must_commit(repository, b"a")
    write(trio.mine, a="third\n")
    await settled(repository, b"a")
    counted(trace)
    assert await repository.commit(await repository.look(frozenset({b"a"})), saying("third"))
    processes, reads, writes = counted(trace)
    assert processes <= Counter(PROCESSES), processes
    assert reads <= Counter(READS), reads
    assert writes <= Counter(WRITES), writes
