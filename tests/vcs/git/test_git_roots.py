"""By which commits a repository is recognised on another machine."""

import os
from pathlib import Path

import pytest

from autosyncd.vcs.git.roots import Roots
from tests.vcs.git.conftest import Trio
from tests.vcs.git.git_world import commit_by_hand, git, head, make, opened


async def test_clones_have_the_roots_of_their_history_in_common(trio: Trio) -> None:
    first = head(trio.mine)
    commit_by_hand(trio.mine, a="two\n")
    for clone in (trio.mine, trio.theirs):
        assert (await (await opened(clone)).inspect()).roots == (first,)


async def test_a_repository_without_a_commit_has_none_and_then_its_first(tmp_path: Path) -> None:
    repository = await opened(make(tmp_path / "new"))
    assert (await repository.inspect()).roots == ()
    first = commit_by_hand(tmp_path / "new", a="one\n")
    assert (await repository.inspect()).roots == (first,)


async def test_histories_that_were_joined_have_the_roots_of_both(tmp_path: Path) -> None:
    one, two = make(tmp_path / "one", a="1\n"), make(tmp_path / "two", b="2\n")
    roots = sorted((head(one), head(two)))
    git(one, "pull", "-q", "--no-rebase", "--no-edit", "--allow-unrelated-histories", two, "main")
    assert (await (await opened(one)).inspect()).roots == tuple(roots)


async def test_a_history_that_is_cut_off_has_none(trio: Trio, tmp_path: Path) -> None:
    commit_by_hand(trio.mine, a="two\n")
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{trio.mine}", shallow)
    assert (await (await opened(shallow)).inspect()).roots == ()


async def test_git_is_asked_once_and_not_again_after_a_restart(
    trio: Trio, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = head(trio.mine)
    assert (await (await opened(trio.mine)).inspect()).roots == (first,)
    repository = await opened(trio.mine)

    async def asked(_self: Roots, _head: str) -> tuple[str, ...]:
        raise AssertionError("git is asked again")

    monkeypatch.setattr(Roots, "_found", asked)
    assert (await repository.inspect()).roots == (first,)


async def test_a_damaged_note_of_them_is_not_believed(trio: Trio) -> None:
    first = head(trio.mine)
    await (await opened(trio.mine)).inspect()
    note = trio.mine / ".git" / "autosync" / "roots"
    assert note.read_text() == f"{first}\n"
    for damage in (b"", b"\0" * 41, os.urandom(100), first[:20].encode(), f"{first}".encode()):
        note.write_bytes(damage)
        assert (await (await opened(trio.mine)).inspect()).roots == (first,)
