"""What reaches a file after it was displaced comes to light."""

import mmap
import threading
import time
from pathlib import Path

import pytest

from autosyncd.vcs.git.mover import Why, forget, sweep
from autosyncd.vcs.tree.syscalls import NO_ABILITIES
from tests.vcs.git.move.playground import Playground


async def test_a_write_through_an_old_descriptor_is_reported_until_forgotten(
    repo: Playground,
) -> None:
    old = repo.start({"a": "1"})
    new = repo.commit(old, {"a": "2"})
    with repo.path("a").open("r+") as writer:
        moved = await repo.move(old, new, abilities=NO_ABILITIES)
        assert moved.done
        assert repo.read("a") == "2"
        writer.write("late")
        writer.flush()
        assert await sweep(repo.git, repo.layout, grace=0) == (), "it is still open"
    for _ in range(2):
        (late,) = await sweep(repo.git, repo.layout, grace=0)
        assert (late.path, late.mode, late.base) == (b"a", "100644", old)
        assert repo.run("cat-file", "blob", late.oid) == "late"
    forget(late)
    assert await sweep(repo.git, repo.layout, grace=0) == ()
    assert repo.leftovers() == []


@pytest.mark.parametrize("incoming", ["2", None], ids=["change", "deletion"])
async def test_a_late_write_of_the_same_size_is_reported(
    repo: Playground, incoming: str | None
) -> None:
    old = repo.start({"a": "1", "b": "1"})
    new = repo.commit(old, {"a": incoming})
    with repo.path("a").open("r+") as writer:
        assert (await repo.move(old, new, abilities=NO_ABILITIES)).done
        writer.write("3")
    (late,) = await sweep(repo.git, repo.layout, grace=0)
    assert repo.run("cat-file", "blob", late.oid) == "3"


async def test_a_late_write_through_a_mapping_is_reported(repo: Playground) -> None:
    old = repo.start({"a": "1"})
    new = repo.commit(old, {"a": "2"})
    with repo.path("a").open("r+b") as file:
        mapped = mmap.mmap(file.fileno(), 0)
    assert (await repo.move(old, new, abilities=NO_ABILITIES)).done
    mapped[0:1] = b"4"
    assert await sweep(repo.git, repo.layout, grace=0) == ()
    mapped.close()
    (late,) = await sweep(repo.git, repo.layout, grace=0)
    assert repo.run("cat-file", "blob", late.oid) == "4"


async def test_a_late_write_is_found_in_spite_of_filters(repo: Playground) -> None:
    old = repo.start({".gitattributes": "* text eol=crlf\n", "a": "1\n", "b": "1\n"})
    new = repo.commit(old, {"a": "2\n", "b": "2\n"})
    with repo.path("a").open("ab") as writer:
        assert (await repo.move(old, new, abilities=NO_ABILITIES)).done
        writer.write(b"late\r\n")
    (late,) = await sweep(repo.git, repo.layout, grace=0)
    assert late.path == b"a"
    assert repo.run("cat-file", "blob", late.oid) == "1\nlate"


async def test_what_nobody_wrote_is_dropped_after_the_grace(repo: Playground) -> None:
    old = repo.start({"a": "1"})
    new = repo.commit(old, {"a": "2"})
    assert (await repo.move(old, new)).done
    assert await sweep(repo.git, repo.layout, grace=3600) == ()
    assert len(repo.leftovers()) > 0
    assert await sweep(repo.git, repo.layout, grace=0) == ()
    assert repo.leftovers() == []


async def test_a_damaged_record_loses_no_file(repo: Playground) -> None:
    old = repo.start({"a": "1"})
    new = repo.commit(old, {"a": "2"})
    assert (await repo.move(old, new)).done
    (manifest,) = repo.layout.own.glob("displaced/*/manifest")
    manifest.write_bytes(b"")
    assert await sweep(repo.git, repo.layout, grace=0) == ()
    assert (manifest.parent / "0").read_text() == "1"


async def test_a_writer_that_comes_between_check_and_exchange_gets_the_file(
    repo: Playground,
) -> None:
    """It waits for our lease in open(2), and then finds the old file in its place."""
    old = repo.start({"a": "1"})
    new = repo.commit(old, {"a": "2"})
    writer = threading.Thread(target=repo.write, args=("a", "mine"))

    def checkpoint(name: str) -> None:
        if name == "checked":
            writer.start()
            wait_for_breaking_lease(repo.path("a"))

    moved = await repo.move(old, new, checkpoint=checkpoint)
    writer.join(10)
    assert [s.why for s in moved.skipped] == [Why.USER_EDIT]
    assert repo.read("a") == "mine"
    assert await sweep(repo.git, repo.layout, grace=0) == ()


def wait_for_breaking_lease(path: Path) -> None:
    """Return once somebody waits in open(2) for the lease on `path` (proc_locks(5))."""
    inode = f":{path.stat().st_ino} "
    limit = time.monotonic() + 40
    while time.monotonic() < limit:
        lines = Path("/proc/locks").read_text().splitlines()
        if any("LEASE" in line and "BREAKING" in line and inode in line for line in lines):
            return
    raise AssertionError("nobody waits for the lease")
