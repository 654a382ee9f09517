"""`on_conflict`: which rule counts for which path, and what each of them does."""

import pytest

from autosyncd.vcs.git.merge import MergeResult
from autosyncd.vcs.merging.policy import Policy
from tests.vcs.git.merge.merge_world import SYMLINK, Clone, File, files

STOP = Policy.compile((("*", "stop"),))
NEWEST = Policy.compile((("*", "newest"),))
Files = dict[bytes, File]


async def merge(
    clone: Clone, policy: Policy, base: Files, one: Files, two: Files, *, dates: tuple[int, int]
) -> MergeResult:
    root = clone.commit(base, when=1)
    return await clone.merge(
        clone.commit(one, root, when=dates[0]), clone.commit(two, root, when=dates[1]), policy
    )


def test_without_a_rule_both_are_kept() -> None:
    assert Policy().of(b"a") == "keep-both"


def test_the_last_rule_that_fits_wins() -> None:
    policy = Policy.compile((("*", "stop"), ("*.db", "newest"), ("/keep.db", "keep-both")))
    assert policy.of(b"a.txt") == "stop"
    assert policy.of(b"x/a.db") == "newest"
    assert policy.of(b"keep.db") == "keep-both"
    assert policy.of(b"x/keep.db") == "newest"


def test_a_rule_for_a_folder_holds_for_all_in_it() -> None:
    policy = Policy.compile((("state/", "newest"),))
    assert policy.of(b"x/state/deep/a") == "newest"
    assert policy.of(b"x/state") == "keep-both"


def test_patterns_are_relative_to_the_watched_folder() -> None:
    policy = Policy.compile((("/a", "stop"),), below=b"sub/folder")
    assert policy.of(b"sub/folder/a") == "stop"
    assert policy.of(b"sub/folder/x/a") == "keep-both"


def test_a_name_that_is_no_text_has_a_rule() -> None:
    assert Policy.compile((("*.bin", "newest"),)).of(b"\xff\xfe\n.bin") == "newest"


async def test_stop_makes_nothing_and_names_the_paths(clone: Clone) -> None:
    result = await merge(
        clone,
        Policy.compile((("*.txt", "stop"),)),
        files(a_txt="0", b_txt="0", c_md="0"),
        files(a_txt="1", b_txt="1", c_md="1"),
        files(a_txt="2", b_txt="2", c_md="2"),
        dates=(10, 20),
    )
    assert result == MergeResult(None, stopped=(b"a.txt", b"b.txt"))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (files(x="x", a="1"), files(x="x")),
        (files(x="x"), files(x="x", a="1")),
        (files(x="x", a=File(b"l", SYMLINK)), files(x="x", a="1")),
        (files(x="x", a="1"), files(x="x", a__in="1")),
    ],
)
async def test_stop_holds_for_every_kind_of_conflict(clone: Clone, one: Files, two: Files) -> None:
    result = await merge(clone, STOP, files(x="x", a="0"), one, two, dates=(10, 20))
    assert result.commit is None
    assert b"a" in result.stopped
    assert one.keys() | two.keys() >= set(result.stopped)


async def test_stop_holds_for_a_file_renamed_to_two_names(clone: Clone) -> None:
    long = "1\n2\n3\n4\n5\n"
    result = await merge(clone, STOP, files(a=long), files(b=long), files(c=long), dates=(10, 20))
    assert result.commit is None
    assert {b"b", b"c"} <= set(result.stopped)


async def test_stop_is_no_reason_to_stop_a_merge_without_conflict(clone: Clone) -> None:
    result = await merge(
        clone, STOP, files(a="0", b="0"), files(a="1", b="0"), files(a="0", b="1"), dates=(1, 2)
    )
    assert result.commit
    assert clone.files(result.commit) == files(a="1", b="1")


async def test_a_path_without_conflict_never_stops_the_others(clone: Clone) -> None:
    lines = "1\n2\n3\n4\n5\n"
    result = await merge(
        clone,
        Policy.compile((("*", "stop"), ("z", "keep-both"))),
        files(a=lines, b="0", z="0"),
        files(a="0\n" + lines, b="1", z="1"),
        files(a=lines + "6\n", b="0", z="2"),
        dates=(10, 20),
    )
    assert result.commit
    found = clone.files(result.commit)
    assert found[b"a"] == File(f"0\n{lines}6\n".encode())
    assert found[b"b"] == File(b"1")


@pytest.mark.parametrize("dates", [(10, 20), (20, 10)])
async def test_newest_leaves_the_later_version_alone(clone: Clone, dates: tuple[int, int]) -> None:
    result = await merge(clone, NEWEST, files(a="0"), files(a="1"), files(a="2"), dates=dates)
    assert result.commit
    assert clone.files(result.commit) == files(a="1" if dates[0] > dates[1] else "2")
    (note,) = result.notes
    assert note.copy is None
    assert "history only" in note.why


async def test_newest_keeps_the_other_version_in_history(clone: Clone) -> None:
    result = await merge(clone, NEWEST, files(a="0"), files(a="1"), files(a="2"), dates=(10, 20))
    assert result.commit
    parents = clone.line("show", "-s", "--format=%P", result.commit).split()
    assert {clone.files(parent)[b"a"].content for parent in parents} == {b"1", b"2"}


async def test_newest_still_merges_different_lines(clone: Clone) -> None:
    lines = "1\n2\n3\n4\n5\n"
    result = await merge(
        clone,
        NEWEST,
        files(a=lines, z="0"),
        files(a="0\n" + lines, z="1"),
        files(a=lines + "6\n", z="2"),
        dates=(10, 20),
    )
    assert result.commit
    assert clone.files(result.commit) == files(a=f"0\n{lines}6\n", z="2")


async def test_newest_does_not_drop_a_change_for_a_deletion_or_a_file_for_a_folder(
    clone: Clone,
) -> None:
    result = await merge(
        clone,
        NEWEST,
        files(a="0", x="x"),
        files(a="1", x="x", d="1"),
        files(x="x", d__in="2"),
        dates=(10, 20),
    )
    assert result.commit
    found = clone.files(result.commit)
    assert {file.content for file in found.values()} == {b"1", b"x", b"2"}
    assert found[b"a"] == File(b"1")
    assert found[clone.copy("d.{}", "1")] == File(b"1")
