"""I11, I13 and I14: the user's staging, edits during a move, and what is not ours to change."""

import os

import pytest

from tests.torture.conftest import Pair, write
from tests.torture.machine import Machine, run_git
from tests.torture.taps import Words, tapped


def entry(machine: Machine, path: str) -> str:
    """The mode and id that HEAD has for a path."""
    return " ".join(machine.git("ls-tree", "HEAD", path).split()[:3:2])


async def test_what_the_user_has_staged_stays_staged(pair: Pair) -> None:
    here = pair.here
    write(here, a="staged\n")
    here.git("add", "a")
    write(here, a="newer\n", other="x\n")
    await pair.update(b_txt="2\n", d__c="2\n")
    assert here.git("diff-index", "--cached", "--name-only", "HEAD") == "a"
    assert here.git("cat-file", "blob", ":a") == "staged"
    assert here.git("cat-file", "blob", "HEAD:other") == "x"
    assert ((here.root / "a").read_text(), (here.root / "d/c").read_text()) == ("newer\n", "2\n")


async def test_an_edit_during_a_move_is_never_taken_for_ours(pair: Pair) -> None:
    here = pair.here
    edited: list[bool] = []
    write(pair.there, a="2\n", b_txt="2\n")
    await pair.there.sync()
    repository, _, _ = await here.opened()

    def edit(words: Words) -> None:
        """As sneaky as can be: same size, same modification time."""
        if words[0] != "update-ref" or edited or (here.root / "a").read_text() != "2\n":
            return
        before = (here.root / "a").stat()
        (here.root / "a").write_text("x\n")
        os.utime(here.root / "a", ns=(before.st_atime_ns, before.st_mtime_ns))
        edited.append(True)

    with tapped(edit):
        await here.hurry()
        while (here.root / "b.txt").read_text() != "2\n" or not edited:
            assert await here.step()
    assert not repository.ours(b"a")
    assert repository.ours(b"b.txt")
    await pair.agree()
    assert (pair.there.root / "a").read_text() == "x\n"


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
async def test_files_the_user_told_git_to_leave_alone_are_left_alone(pair: Pair, flag: str) -> None:
    here = pair.here
    here.git("update-index", flag, "a")
    write(here, a="private\n")
    await here.sync()
    assert here.git("cat-file", "blob", "HEAD:a") == "1"
    await pair.update(a="2\n", b_txt="2\n")
    assert ((here.root / "a").read_text(), (here.root / "b.txt").read_text()) == (
        "private\n",
        "2\n",
    )
    await pair.agree()
    assert here.git("cat-file", "blob", "HEAD:a") == "2"
    assert here.git("ls-files", "-v", "a")[0] in "hS"


async def test_what_a_sparse_checkout_leaves_out_stays_out_and_in_history(pair: Pair) -> None:
    here = pair.here
    here.git("sparse-checkout", "set", "--cone", "elsewhere")
    assert not (here.root / "d").exists()
    await here.sync()
    await pair.update(d__c="2\n", a="2\n")
    write(here, b_txt="3\n")
    await pair.agree()
    assert here.git("cat-file", "blob", "HEAD:d/c") == "2"
    assert not (here.root / "d").exists()
    assert (pair.there.root / "d" / "c").read_text() == "2\n"
    assert (pair.there.root / "b.txt").read_text() == "3\n"


async def test_a_submodule_s_pointer_changes_by_its_user_alone(pair: Pair) -> None:
    here, there = pair.here, pair.there
    first, second = (f"{number}" * 40 for number in (1, 2))
    for pointer in (first, second):
        there.git("update-index", "--add", "--cacheinfo", f"160000,{pointer},sub")
        there.git("commit", "-q", "-m", "point to it")
        await pair.agree()
        assert entry(here, "sub") == f"160000 {pointer}"
    (here.root / "sub").mkdir(exist_ok=True)
    run_git(here.root, "init", "-q", "sub")
    write(here, sub__x="checked out\n", a="2\n")
    run_git(here.root / "sub", "add", "x")
    run_git(here.root / "sub", "commit", "-q", "-m", "another commit")
    await pair.agree()
    assert entry(there, "sub") == f"160000 {second}"
    assert (here.root / "sub" / "x").read_text() == "checked out\n"
    assert (there.root / "a").read_text() == "2\n"


async def test_an_update_that_meets_edit_after_edit_asks_the_remote_once(pair: Pair) -> None:
    write(pair.there, a="theirs\n1\n")
    await pair.there.sync()
    edits, fetches = 0, 0

    def tap(words: Words) -> None:
        nonlocal edits, fetches
        fetches += words[0] == "fetch"
        if words[0] == "checkout-index" and edits < 4:
            edits += 1
            with (pair.here.root / "a").open("a") as file:
                file.write(f"mine {edits}\n")

    with tapped(tap):
        await pair.here.sync()
    assert (edits, fetches) == (4, 1)
    await pair.agree()
    assert (pair.here.root / "a").read_text() == "theirs\n1\nmine 1\nmine 2\nmine 3\nmine 4\n"
