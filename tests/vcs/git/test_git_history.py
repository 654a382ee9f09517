"""The automatic commits of a repository, and all commits of a file."""

from pathlib import Path

from tests.vcs.git.conftest import Trio
from tests.vcs.git.git_world import commit, commit_by_hand, git, make, opened, write

MACHINE = "\n\nAutosync-Host: laptop\nAutosync-Id: 0123456789abcdef\n"


async def automatic(folder: Path, subject: str, **files: str) -> None:
    repository = await opened(folder)
    write(folder, **files)
    assert await commit(repository, message=subject + MACHINE)


async def test_only_automatic_commits_are_listed_with_host_and_paths(tree: Path) -> None:
    await automatic(tree, "first save", a="1", sub__b="2")
    commit_by_hand(tree, "by hand, says autosync: merge", a="3")
    commit_by_hand(tree, "autosync: merge", a="4")
    commit_by_hand(tree, "quotes\n\nAutosync-Host: of another\n\nand goes on", a="5")
    await automatic(tree, "second save", a="6")
    second, first = await (await opened(tree)).history(None, 20)
    assert (second.info.subject, second.host, second.paths) == ("second save", "laptop", (b"a",))
    assert (first.info.subject, first.paths) == ("first save", (b"a", b"sub/b"))
    assert second.info.time >= first.info.time > 1_000_000_000


async def test_the_limit_counts_what_is_listed_not_what_looked_like_it(tree: Path) -> None:
    for number in range(3):
        await automatic(tree, f"save {number}", a=str(number))
        commit_by_hand(tree, f"autosync: is what I like, {number}", a=f"hand {number}")
    repository = await opened(tree)
    subjects = [past.info.subject for past in await repository.history(None, 2)]
    assert subjects == ["save 2", "save 1"]
    assert len(await repository.history(None, 20)) == 3
    assert await repository.history(None, 0) == ()


async def test_merges_by_autosync_are_automatic_and_show_what_they_made(trio: Trio) -> None:
    commit_by_hand(trio.theirs, "theirs", a="theirs\n", new="n")
    git(trio.theirs, "push", "-q")
    commit_by_hand(trio.mine, "mine", a="mine\n", other="o")
    repository = await opened(trio.mine)
    await repository.fetch()
    merge = await repository.merge()
    assert merge.target
    await repository.move(merge.target)
    (past,) = await repository.history(None, 20)
    assert (past.info.id, past.host) == (merge.target, None)
    assert [path[:11] for path in past.paths] == [b"a.conflict-"]


async def test_a_file_has_all_its_commits_across_renames_and_deletion(tree: Path) -> None:
    lines = "".join(f"line {number}\n" for number in range(20))
    commit_by_hand(tree, "long", a=lines)
    git(tree, "mv", "a", "moved")
    git(tree, "commit", "-q", "-m", "rename")
    await automatic(tree, "edit", moved=lines + "more\n")
    repository = await opened(tree)
    past = await repository.history(b"moved", 20)
    assert [(one.info.subject, one.host) for one in past] == [
        ("edit", "laptop"),
        ("rename", None),
        ("long", None),
        ("first", None),
    ]
    assert [one.paths for one in past] == [(b"moved",), (b"moved",), (b"a",), (b"a",)]
    git(tree, "rm", "-q", "moved")
    git(tree, "commit", "-q", "-m", "gone")
    assert [one.info.subject for one in await repository.history(b"moved", 2)] == ["gone", "edit"]


async def test_names_of_any_bytes_come_through(tree: Path) -> None:
    name = b"\nodd\x01 \xff:name*"
    (tree / "x").write_text("1")
    (tree / "x").rename(bytes(tree).decode() + "/" + name.decode("utf-8", "surrogateescape"))
    commit_by_hand(tree, "odd", y="2")
    (past,) = await (await opened(tree)).history(name, 20)
    assert past.paths == (name,)


async def test_a_commit_of_many_paths_tells_how_many_more(tree: Path) -> None:
    await automatic(tree, "many", **{f"f{number:03}": "x" for number in range(250)})
    (past,) = await (await opened(tree)).history(None, 1)
    assert (len(past.paths), past.more) == (200, 50)


async def test_a_watched_folder_has_its_own_history(tree: Path) -> None:
    await automatic(tree, "outside", a="1")
    await automatic(tree, "inside", a="2", sub__b="2")
    (past,) = await (await opened(tree / "sub")).history(None, 20)
    assert (past.info.subject, past.paths) == ("inside", (b"sub/b",))


async def test_a_repository_without_commits_has_no_history(tmp_path: Path) -> None:
    repository = await opened(make(tmp_path / "empty"))
    assert await repository.history(None, 20) == ()
    assert await repository.history(b"a", 20) == ()


async def test_the_users_log_settings_change_nothing(tree: Path) -> None:
    for key, value in (
        ("log.showSignature", "true"),
        ("color.ui", "always"),
        ("diff.renames", "false"),
        ("log.date", "relative"),
        ("diff.external", "false"),
        ("log.follow", "true"),
        ("i18n.logOutputEncoding", "latin1"),
    ):
        git(tree, "config", key, value)
    await automatic(tree, "späť", a="1")
    (past,) = await (await opened(tree)).history(None, 20)
    assert (past.info.subject, past.paths) == ("späť", (b"a",))
