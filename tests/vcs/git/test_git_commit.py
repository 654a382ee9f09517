"""Committing: exactly what is on disk, at exactly the paths that were looked at."""

import os
import shutil
from pathlib import Path

import pytest

from autosyncd.core.messages import LISTED
from autosyncd.errors import NeedsUserError, RetryError, ToolError
from autosyncd.vcs.base import Change, ChangeKind, Look
from autosyncd.vcs.git import index_memory
from tests.vcs.git.git_world import (
    commit,
    content,
    git,
    head,
    kinds,
    make,
    must_commit,
    opened,
    saying,
    settled,
    status,
    text,
    tracked,
    write,
)


async def test_what_is_on_disk_becomes_the_commit_and_the_index_follows(tree: Path) -> None:
    before = head(tree)
    write(tree, a="changed\n", new="n")
    (tree / "sub" / "b").unlink()
    repository = await opened(tree)
    made = await must_commit(repository)
    assert made.info.id == head(tree)
    assert head(tree, "HEAD^") == before
    assert kinds(made) == {b"a": "modified", b"new": "added", b"sub/b": "deleted"}
    assert (content(tree, "a"), tracked(tree)) == (b"changed\n", {b"a", b"new"})
    assert status(tree) == ""


async def test_nothing_else_is_committed(tree: Path) -> None:
    write(tree, a="changed", new="n")
    made = await must_commit(await opened(tree), b"new")
    assert kinds(made) == {b"new": "added"}
    assert content(tree, "a") == b"one\n"
    assert status(tree) == " M a"


async def test_outside_of_the_watched_folder_nothing_is_committed(tree: Path) -> None:
    write(tree, a="changed", sub__c="c")
    await must_commit(await opened(tree / "sub"))
    assert (content(tree, "a"), b"sub/c" in tracked(tree)) == (b"one\n", True)


async def test_the_first_commit_of_a_repository_is_made(tmp_path: Path, no_quiet: None) -> None:
    root = make(tmp_path / "fresh")
    write(root, a="1")
    made = await must_commit(await opened(root))
    assert (made.info.id, text(root, "rev-list", "--count", "HEAD")) == (head(root), "1")
    assert status(root) == ""


async def test_nothing_to_commit_makes_no_commit(tree: Path) -> None:
    repository = await opened(tree)
    before = head(tree)
    assert await commit(repository) is None
    ghost = Look(changes=(Change(b"ghost", ChangeKind.ADDED), Change(b"a", ChangeKind.MODIFIED)))
    assert await repository.commit(ghost, saying("x")) is None
    assert head(tree) == before


async def test_the_author_is_the_user_and_the_message_is_kept_byte_for_byte(tree: Path) -> None:
    write(tree, a="2")
    message = "subject of\nit\n\nbody \u00e4\n# no comment\n"
    made = await commit(await opened(tree), message=message)
    assert made is not None
    assert made.info.subject == "subject of it"
    assert git(tree, "cat-file", "commit", "HEAD").split(b"\n\n", 1)[1] == message.encode()
    said = text(tree, "log", "-1", "--format=%an <%ae> %cn <%ce> %ct %s")
    who = "Test Person <test@example.org>"
    assert said == f"{who} {who} {int(made.info.time)} subject of it"


async def test_the_message_is_asked_for_what_is_really_committed(tree: Path) -> None:
    write(tree, a="2", gone="x")
    repository = await opened(tree)
    look = await settled(repository)
    (tree / "gone").unlink()
    asked: list[tuple[Change, ...]] = []

    async def describe(changes: tuple[Change, ...]) -> str:
        asked.append(changes)
        return "m"

    made = await repository.commit(look, describe)
    assert made is not None
    assert asked == [(Change(b"a", ChangeKind.MODIFIED, lines=(1, 1)),)] == [made.changes]
    assert made.unstable == (b"gone",)


async def test_the_lines_of_each_path_are_counted_where_that_means_something(tree: Path) -> None:
    (tree / "odd\nname\xff").write_text("1\n2\n3\n")
    (tree / "binary").write_bytes(b"\0\n" * 10)
    (tree / "huge").write_text("x\n" * 600_000)
    (tree / "a").write_text("one\ntwo\n")
    (tree / "sub" / "b").rename(tree / "moved")
    made = await must_commit(await opened(tree))
    lines = {change.path: change.lines for change in made.changes}
    assert lines == {
        os.fsencode("odd\nname\xff"): (3, 0),
        b"binary": None,
        b"huge": None,
        b"a": (1, 0),
        b"moved": None,
    }


async def test_the_lines_of_a_commit_of_many_files_are_not_counted(tree: Path) -> None:
    for number in range(LISTED + 1):
        (tree / f"{number}").write_text("x\n")
    made = await must_commit(await opened(tree))
    assert {change.lines for change in made.changes} == {None}


async def test_without_an_identity_none_is_invented(tree: Path, home: Path) -> None:
    (home / ".gitconfig").unlink()
    write(tree, a="2")
    with pytest.raises(NeedsUserError, match="who you are") as caught:
        await commit(await opened(tree, env={"EMAIL": "guessed@example.org"}))
    assert "git config --global user.name" in str(caught.value.hint)
    assert "git config --global user.email" in str(caught.value.hint)
    git(tree, "config", "user.name", "Me")
    git(tree, "config", "user.email", "me@example.org")
    await must_commit(await opened(tree))


async def test_commits_are_signed_if_git_is_told_to_and_wait_if_they_can_not(
    tree: Path, tmp_path: Path
) -> None:
    program = tmp_path / "sign"
    program.write_text("#!/bin/sh\necho no key >&2\nexit 1\n")
    program.chmod(0o755)
    git(tree, "config", "commit.gpgSign", "true")
    git(tree, "config", "gpg.program", str(program))
    write(tree, a="2")
    before = head(tree)
    with pytest.raises(NeedsUserError, match="cannot sign"):
        await commit(await opened(tree))
    assert (head(tree), status(tree)) == (before, " M a")
    program.write_text(
        "#!/bin/sh\ncat >/dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\n"
        "echo '-----BEGIN PGP SIGNATURE-----'\n"
    )
    await must_commit(await opened(tree))
    assert b"gpgsig -----BEGIN PGP SIGNATURE-----" in git(tree, "cat-file", "commit", "HEAD")


async def test_odd_names_go_in_and_out_again(tree: Path) -> None:
    names = {b"\xff\xfe", b"new\nline", b"-dash", b"--all", b"*", b"[x]", b"?", b":(top)x", b" "}
    for name in names:
        (tree / os.fsdecode(name)).write_text("x")
    repository = await opened(tree)
    assert set(kinds(await must_commit(repository))) == names
    for name in names:
        (tree / os.fsdecode(name)).unlink()
    assert set(kinds(await must_commit(repository, *names))) == names
    assert tracked(tree) == {b"a", b"sub/b"}


async def test_a_change_of_case_is_two_names(tree: Path) -> None:
    (tree / "a").rename(tree / "A")
    await must_commit(await opened(tree))
    assert tracked(tree) == {b"A", b"sub/b"}


async def test_a_file_may_become_a_folder_and_a_folder_a_file(tree: Path) -> None:
    repository = await opened(tree)
    (tree / "a").unlink()
    write(tree, a__x="1", a__y__z="2")
    shutil.rmtree(tree / "sub")
    write(tree, sub="file")
    await must_commit(repository)
    assert tracked(tree) == {b"a/x", b"a/y/z", b"sub"}
    shutil.rmtree(tree / "a")
    write(tree, a="file again")
    await must_commit(repository, b"a", b"a/x", b"a/y/z")
    assert (tracked(tree), status(tree)) == ({b"a", b"sub"}, "")


async def test_files_and_symbolic_links_replace_each_other(tree: Path, tmp_path: Path) -> None:
    repository = await opened(tree)
    (tree / "a").unlink()
    (tree / "a").symlink_to("nowhere \u00e4")
    (tree / "sub").rename(tmp_path / "sub")
    (tree / "sub").symlink_to(tmp_path / "sub")
    await must_commit(repository)
    assert text(tree, "ls-tree", "--format=%(objectmode) %(path)", "HEAD") == (
        "120000 a\n120000 sub"
    )
    (tree / "a").unlink()
    (tree / "sub").unlink()
    write(tree, a="file", sub__b="back")
    await must_commit(repository)
    assert (tracked(tree), content(tree, "a"), status(tree)) == ({b"a", b"sub/b"}, b"file", "")


async def test_the_executable_bit_and_empty_files_are_kept(tree: Path) -> None:
    (tree / "a").chmod(0o755)
    (tree / "sub" / "b").write_text("")
    write(tree, empty="")
    await must_commit(await opened(tree))
    assert text(tree, "ls-tree", "--format=%(objectmode)", "HEAD", "a") == "100755"
    assert (content(tree, "empty"), content(tree, "sub/b")) == (b"", b"")


async def test_line_endings_and_filters_apply_as_in_git_itself(tree: Path) -> None:
    git(tree, "config", "filter.up.clean", "tr a-z A-Z")
    write(tree, **{".gitattributes": "*.txt text eol=crlf\n*.up filter=up\n"})
    (tree / "t.txt").write_bytes(b"one\r\ntwo\r\n")
    (tree / "f.up").write_bytes(b"loud\n")
    await must_commit(await opened(tree))
    assert (content(tree, "t.txt"), content(tree, "f.up")) == (b"one\ntwo\n", b"LOUD\n")
    assert status(tree) == ""


async def test_a_file_that_git_refuses_stops_nobody_and_is_told_of(tree: Path) -> None:
    git(tree, "config", "filter.bad.clean", "false")
    git(tree, "config", "filter.bad.required", "true")
    write(tree, **{".gitattributes": "*.bad filter=bad\n", "git~1__x": "no such name"})
    for name in ("1", "2.bad", "3", "4.bad", "5"):
        (tree / name).write_text("x")
    repository = await opened(tree)
    made = await must_commit(repository)
    assert set(kinds(made)) == {b".gitattributes", b"1", b"3", b"5"}
    assert set(made.unstable) == {b"2.bad", b"4.bad", b"git~1/x"}
    look = await settled(repository)
    assert look.changes == ()
    assert {left.path for left in look.left_out} == {b"2.bad", b"4.bad", b"git~1/x"}
    assert all("git refuses it" in left.why for left in look.left_out)
    git(tree, "config", "filter.bad.clean", "cat")
    (tree / "2.bad").write_text("better")
    assert set(kinds(await must_commit(repository))) == {b"2.bad"}


async def test_ten_thousand_files_are_one_commit(tree: Path) -> None:
    for folder in range(100):
        (tree / f"d{folder}").mkdir()
        for number in range(100):
            (tree / f"d{folder}" / f"f{number}").write_text(f"{folder} {number}")
    made = await must_commit(await opened(tree))
    assert (len(made.changes), len(tracked(tree)), status(tree)) == (10_000, 10_002, "")


async def test_a_deleted_folder_is_deleted(tree: Path) -> None:
    shutil.rmtree(tree / "sub")
    await must_commit(await opened(tree), b"sub")
    assert tracked(tree) == {b"a"}


async def test_a_repository_with_sha256_works(tmp_path: Path, no_quiet: None) -> None:
    root = make(tmp_path / "sha", "--object-format=sha256")
    repository = await opened(root)
    for value in ("1", "2"):
        write(root, a=value)
        made = await must_commit(repository)
    assert (len(made.info.id), head(root)) == (64, made.info.id)


@pytest.mark.parametrize("setting", ["core.splitIndex", "core.untrackedCache", "index.version"])
async def test_special_forms_of_the_index_work(tree: Path, setting: str) -> None:
    git(tree, "config", setting, "4" if setting == "index.version" else "true")
    git(tree, "update-index", "--split-index" if "split" in setting else "--refresh")
    repository = await opened(tree)
    for value in range(5):
        write(tree, a=f"{value}", **{f"new{value}": "x"})
        await must_commit(repository)
        assert status(tree) == ""
    git(tree, "fsck", "--strict")


async def test_a_sparse_checkout_stays_as_it_is(tree: Path) -> None:
    git(tree, "sparse-checkout", "set", "elsewhere")
    assert not (tree / "sub").exists()
    write(tree, a="2", elsewhere__x="1")
    await must_commit(await opened(tree))
    assert tracked(tree) == {b"a", b"sub/b", b"elsewhere/x"}
    assert not (tree / "sub").exists()


async def test_files_the_user_told_git_to_leave_alone_survive_a_commit_of_others(
    tree: Path,
) -> None:
    git(tree, "update-index", "--skip-worktree", "sub/b")
    (tree / "sub" / "b").unlink()
    write(tree, a="2")
    await must_commit(await opened(tree))
    assert tracked(tree) == {b"a", b"sub/b"}
    assert text(tree, "ls-files", "-v", "sub/b").startswith("S ")


async def test_a_lock_of_somebody_else_is_waited_for_and_never_removed(tree: Path) -> None:
    write(tree, a="2")
    repository = await opened(tree)
    look = await settled(repository)
    lock = tree / ".git" / "index.lock"
    lock.touch()
    with pytest.raises(RetryError, match=r"index\.lock is there since \d\d:\d\d"):
        await repository.commit(look, saying("x"))
    assert lock.exists()
    lock.unlink()
    assert await repository.commit(look, saying("x"))


async def test_a_folder_of_ours_that_can_not_be_used_is_an_error_of_its_own(tree: Path) -> None:
    write(tree, a="2")
    repository = await opened(tree)
    look = await settled(repository)
    (tree / ".git" / "autosync").write_text("in the way")
    with pytest.raises(ToolError, match=r"cannot commit: .*autosync"):
        await repository.commit(look, saying("x"))


async def test_right_after_the_user_used_git_it_waits(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_memory, "GIT_QUIET", 60.0)
    write(tree, a="2")
    repository = await opened(tree)
    look = await settled(repository)
    with pytest.raises(RetryError, match="a moment ago"):
        await repository.commit(look, saying("x"))
    index = tree / ".git" / "index"
    os.utime(index, ns=(0, index.stat().st_mtime_ns - 61 * 10**9))
    assert await repository.commit(look, saying("x"))
    write(tree, a="3")
    assert await repository.commit(await settled(repository), saying("our own use does not count"))


async def test_a_change_of_the_same_size_in_the_same_second_is_not_missed(tree: Path) -> None:
    repository = await opened(tree)
    for value in range(20):
        write(tree, a=f"{value:04}")
        await must_commit(repository, b"a")
        assert content(tree, "a") == f"{value:04}".encode()


async def test_on_a_file_system_without_hard_links_all_is_the_same(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    repository = await opened(tree)
    for value in range(10):
        write(tree, a=f"{value:04}", **{f"new{value}": "x"})
        await must_commit(repository)
        assert (content(tree, "a"), status(tree)) == (f"{value:04}".encode(), "")
