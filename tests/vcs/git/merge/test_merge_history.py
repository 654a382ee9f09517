"""What of the history counts: ancestors, several bases, none, a cut one, and dates."""

import subprocess
from pathlib import Path

import pytest

from autosyncd.errors import RemoteNeedsUserError
from autosyncd.vcs.git.merge import MergeResult
from autosyncd.vcs.merging.policy import Policy
from tests.vcs.git.merge.merge_world import KEEP_BOTH, MARKER, Clone, File, files


async def test_a_commit_that_contains_the_other_is_the_result(clone: Clone) -> None:
    old = clone.commit(files(a="1"))
    new = clone.commit(files(a="2"), clone.commit(files(a="x"), old))
    for pair in ((old, new), (new, old), (new, new)):
        assert await clone.merge(*pair) == MergeResult(new)


async def test_unrelated_histories_are_refused_with_a_cure(clone: Clone) -> None:
    one, two = clone.commit(files(a="1")), clone.commit(files(b="2"))
    with pytest.raises(RemoteNeedsUserError, match="no commit in common") as caught:
        await clone.merge(one, two)
    assert "--allow-unrelated-histories" in (caught.value.hint or "")


async def test_the_commit_is_nobodys_and_as_late_as_its_parents(clone: Clone) -> None:
    root = clone.commit(files(a="0", b="0"), when=1)
    one = clone.commit(files(a="1", b="0"), root, when=1_700_000_000)
    two = clone.commit(files(a="0", b="1"), root, when=1_600_000_000)
    raw = clone.git("cat-file", "commit", await clone.merged(one, two)).decode()
    first, second = sorted((one, two))
    who = "autosync <autosync@merge> 1700000000 +0000"
    assert raw.splitlines()[1:] == [
        f"parent {first}",
        f"parent {second}",
        f"author {who}",
        f"committer {who}",
        "",
        "autosync: merge",
    ]


@pytest.mark.parametrize("when", [0, 7, 2**33])
async def test_odd_dates_do_not_stop_a_merge(clone: Clone, when: int) -> None:
    root = clone.commit(files(a="0"), when=when)
    one, two = (clone.commit(files(a=text), root, when=when) for text in ("1", "2"))
    assert len(clone.files(await clone.merged(one, two))) == 2


@pytest.mark.parametrize("date", ["99999999999999999999", "-5", "never"])
async def test_dates_that_git_would_not_write_do_not_stop_a_merge(clone: Clone, date: str) -> None:
    root = clone.commit(files(a="0"))
    pair = []
    for text in ("1", "2"):
        tree = clone.line("rev-parse", f"{clone.commit(files(a=text))}^{{tree}}")
        who = f"T <t@example.org> {date} +0000"
        raw = f"tree {tree}\nparent {root}\nauthor {who}\ncommitter {who}\n\nodd\n".encode()
        made = clone.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=raw)
        pair.append(made.decode().strip())
    assert len(clone.files(await clone.merged(pair[0], pair[1]))) == 2


async def test_newer_is_who_changed_the_path_last_not_who_committed_last(clone: Clone) -> None:
    root = clone.commit(files(a="0", b="0"), when=1)
    early = clone.commit(files(a="early", b="0"), root, when=10)
    late = clone.commit(files(a="late", b="0"), root, when=20)
    other = clone.commit(files(a="early", b="1"), early, when=30)
    assert clone.files(await clone.merged(other, late))[b"a"] == File(b"late")


async def test_the_latest_date_counts_even_if_an_older_commit_has_it(clone: Clone) -> None:
    root = clone.commit(files(a="0"), when=1)
    ahead = clone.commit(files(a="x"), root, when=30)
    late = clone.commit(files(a="late"), ahead, when=10)
    other = clone.commit(files(a="other"), root, when=20)
    assert clone.files(await clone.merged(late, other))[b"a"] == File(b"late")


@pytest.mark.parametrize("swapped", [False, True])
async def test_all_branches_of_a_side_count_for_how_new_it_is(clone: Clone, swapped: bool) -> None:
    root = clone.commit(files(a="0"), when=1)
    pair = [clone.commit(files(a="same"), root, when=when) for when in (10, 30)]
    both = clone.commit(files(a="same"), *(reversed(pair) if swapped else pair), when=31)
    other = clone.commit(files(a="other"), root, when=20)
    assert clone.files(await clone.merged(both, other))[b"a"] == File(b"same")


async def test_a_merge_does_not_make_a_version_newer(clone: Clone) -> None:
    root = clone.commit(files(a="0", b="0"), when=1)
    early = clone.commit(files(a="early", b="0"), root, when=10)
    aside = clone.commit(files(a="0", b="1"), root, when=30)
    both = await clone.merged(early, aside)
    late = clone.commit(files(a="late", b="0"), root, when=20)
    assert clone.files(await clone.merged(both, late))[b"a"] == File(b"late")


async def test_two_versions_of_the_same_second_are_ranked_by_content(clone: Clone) -> None:
    root = clone.commit(files(a="0"), when=1)
    one, two = (clone.commit(files(a=text), root, when=9) for text in ("1", "2"))
    last = max((b"1", b"2"), key=clone.blob)
    assert clone.files(await clone.merged(one, two))[b"a"] == File(last)


async def test_more_paths_than_fit_a_command_line_are_ranked_too(clone: Clone) -> None:
    names = [b"d/%d" % number for number in range(250)]
    root = clone.commit({name: File(b"0" + name) for name in names}, when=1)
    one = clone.commit({name: File(b"1" + name) for name in names}, root, when=20)
    two = clone.commit({name: File(b"2" + name) for name in names}, root, when=10)
    found = clone.files(await clone.merged(one, two))
    assert all(found[name] == File(b"1" + name) for name in names)
    assert len(found) == 500


@pytest.mark.parametrize("content", ["{}\n", "\0{}"])
async def test_versions_that_two_people_chose_differently_are_both_visible(
    clone: Clone, content: str
) -> None:
    """A criss-cross: both merged the same two commits by hand, each in their own way."""
    root = clone.commit(files(a=content.format(0)), when=1)
    one = clone.commit(files(a=content.format(1)), root, when=2)
    two = clone.commit(files(a=content.format(2)), root, when=3)
    mine = clone.commit(files(a=content.format(1)), one, two, when=4)
    yours = clone.commit(files(a=content.format(2)), one, two, when=5)
    found = clone.files(await clone.merged(mine, yours))
    assert {file.content for file in found.values()} == {
        content.format(1).encode(),
        content.format(2).encode(),
    }


async def test_several_bases_bring_no_markers_and_lose_no_line(clone: Clone) -> None:
    middle = "2\n3\n4\n5\n6\n7\n8\n"
    root = clone.commit(files(a=middle, z="0"), when=1)
    sides = [clone.commit(files(a=f"{n}\n{middle}", z="0"), root, when=n) for n in (2, 3, 4)]
    mine = clone.commit(files(a=f"mine\n{middle}", z="1"), *sides, when=5)
    yours = clone.commit(files(a=f"mine\n{middle}end\n", z="2"), *sides, when=6)
    found = clone.files(await clone.merged(mine, yours))
    assert found[b"a"] == File(f"mine\n{middle}end\n".encode())
    assert not any(MARKER.search(file.content) for file in found.values())
    assert {b"1", b"2"} <= {file.content for file in found.values()}


async def test_markers_that_somebody_wrote_are_content_like_any_other(clone: Clone) -> None:
    text = "<<<<<<< mine\n1\n=======\n2\n>>>>>>> yours\n"
    root = clone.commit(files(a="0"), when=1)
    one = clone.commit(files(a=text), root, when=3)
    found = clone.files(await clone.merged(one, clone.commit(files(a="2"), root, when=2)))
    assert found[b"a"] == File(text.encode())


def shallow(tmp_path: Path, origin: Clone, depth: int) -> Clone:
    place = tmp_path / "shallow"
    source = f"file://{origin.root}"
    subprocess.run(
        ("git", "clone", "-q", "--no-checkout", f"--depth={depth}", source, place / "tree"),
        env=origin.environment,
        check=True,
    )
    return Clone(place)


async def test_a_shallow_clone_with_the_history_since_the_base_merges_as_a_full_one(
    clone: Clone, tmp_path: Path
) -> None:
    root = clone.commit(files(a="0"), clone.commit(files(a="x")), when=1)
    theirs = clone.commit(files(a="1"), root, when=2)
    clone.git("update-ref", "refs/heads/main", theirs)
    copy = shallow(tmp_path, clone, 2)
    ours = copy.commit(files(a="2"), root, when=3)
    clone.git("fetch", "-q", str(copy.root), "refs/scratch")
    assert await copy.merged(ours, theirs) == await clone.merged(ours, theirs)


async def test_a_shallow_clone_without_the_base_asks_for_the_history(
    clone: Clone, tmp_path: Path
) -> None:
    root = clone.commit(files(a="0"), when=1)
    ours = clone.commit(files(a="2"), root, when=3)
    theirs = clone.commit(files(a="1"), root, when=2)
    clone.git("update-ref", "refs/heads/main", theirs)
    copy = shallow(tmp_path, clone, 1)
    mine = copy.commit(files(a="2"), when=3)
    with pytest.raises(RemoteNeedsUserError) as caught:
        await copy.merge(mine, theirs)
    assert "fetch --unshallow" in (caught.value.hint or "")
    assert await clone.merged(ours, theirs)


async def test_a_shallow_clone_with_several_bases_asks_for_the_history(
    clone: Clone, tmp_path: Path
) -> None:
    root = clone.commit(files(a="x"))
    pair = [clone.commit(files(a=text), root, when=2) for text in ("1", "2")]
    theirs = clone.commit(files(a="3"), *pair, when=3)
    clone.git("update-ref", "refs/heads/main", theirs)
    copy = shallow(tmp_path, clone, 2)
    with pytest.raises(RemoteNeedsUserError, match="shallow"):
        await copy.merge(copy.commit(files(a="4"), *pair, when=3), theirs)


async def test_a_shallow_clone_fast_forwards(clone: Clone, tmp_path: Path) -> None:
    tip = clone.commit(files(a="1"), clone.commit(files(a="0")))
    clone.git("update-ref", "refs/heads/main", tip)
    copy = shallow(tmp_path, clone, 1)
    ours = copy.commit(files(a="2"), tip)
    assert await copy.merge(tip, ours) == MergeResult(ours)


@pytest.mark.parametrize("policy", [KEEP_BOTH, Policy.compile((("*", "newest"),))])
async def test_a_sha256_repository_merges(tmp_path: Path, policy: Policy) -> None:
    clone = Clone(tmp_path, object_format="sha256")
    root = clone.commit(files(a="0\n1\n2\n3\n4\n", b="0"), when=1)
    one = clone.commit(files(a="0\n1\n2\n3\n4\n5\n", b="1"), root, when=2)
    two = clone.commit(files(a="x\n0\n1\n2\n3\n4\n", b="2"), root, when=3)
    merged = await clone.merged(one, two, policy)
    assert len(merged) == 64
    found = clone.files(merged)
    assert found[b"a"] == File(b"x\n0\n1\n2\n3\n4\n5\n")
    assert len(found) == (3 if policy is KEEP_BOTH else 2)
