"""The same two commits give the same merge on every machine."""

import asyncio
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from autosyncd.vcs.git.command import git_environment
from tests.torture.other_git import other_git
from tests.vcs.git.merge.merge_edits import KINDS, PATHS, Edit, Writers
from tests.vcs.git.merge.merge_world import EXECUTABLE, Clone, File, files

OTHER_GIT = other_git()
"""A git program of another version; read now, since tests get a clean environment."""

without_it = pytest.mark.skipif(
    not OTHER_GIT and os.environ.get("CI") != "true",
    reason="`make tools` can unpack no git of another version here",
)

LINES = "1\n2\n3\n4\n5\n6\n7\n8\n9\n"
CONFIG = """\
[user]
	name = Somebody Else
	email = else@example.org
[commit]
	gpgSign = true
[i18n]
	commitEncoding = ISO-8859-1
[merge]
	conflictStyle = diff3
	renames = false
	renameLimit = 1
	directoryRenames = true
	default = mine
[merge "mine"]
	driver = true
[diff]
	algorithm = patience
	renames = copies
[core]
	attributesFile = {attributes}
	autocrlf = true
	commentChar = a
	bigFileThreshold = 1
"""


def fork(clone: Clone) -> tuple[str, str]:
    """Two commits with all sorts of conflicts and with clean merges between them."""
    base = files(a=LINES, b="0", c=LINES, d_txt="0", e=b"\0", f="0", g__h="x", i=LINES * 2)
    root = clone.commit(base, when=1)
    one = files(a="0\n" + LINES, b="1", j=LINES, d_txt="1", e=b"\0" + b"1", f="1", k="k")
    two = files(a=LINES + "10\n", b="2", c=LINES + "x\n", d_txt="2", e=b"\0" + b"2", g="g", k="l")
    two[b"f"] = File(b"0", EXECUTABLE)
    two["ä/\N{SNOWMAN}\n".encode()] = File(b"1")
    one["ä/\N{SNOWMAN}\n".encode()] = File(b"2")
    return clone.commit(one, root, when=10), clone.commit(two, root, when=20)


def fetched(source: Clone, place: Path, *commits: str, path: str | None = None) -> Clone:
    """Another machine that has these commits."""
    other = Clone(place, path=path)
    for commit in commits:
        source.git("update-ref", f"refs/heads/for-{commit}", commit)
    # the transport of another git may not start here: the system's own brings the objects
    subprocess.run(
        ("git", "fetch", "-q", str(source.root), "refs/heads/for-*:refs/remotes/x/*"),
        cwd=other.root,
        env=source.environment,
        check=True,
    )
    return other


async def test_settings_attributes_and_surroundings_have_no_say(
    clone: Clone, tmp_path: Path
) -> None:
    one, two = fork(clone)
    other = fetched(clone, tmp_path / "other", one, two)
    attributes = tmp_path / "attributes"
    attributes.write_text("* merge=union\n*.txt -merge -text\n")
    (tmp_path / "other/home/.gitconfig").write_text(CONFIG.format(attributes=attributes))
    (tmp_path / "other/home/.config/git").mkdir(parents=True)
    for place in (
        "tree/.gitattributes",
        "tree/.git/info/attributes",
        "home/.config/git/attributes",
    ):
        (tmp_path / "other" / place).write_text("* merge=union\n")
    for setting, value in (("merge.conflictStyle", "zdiff3"), ("core.attributesFile", attributes)):
        other.git("config", setting, str(value))
    surroundings = {
        **other.environment,
        "GIT_AUTHOR_NAME": "Leaked",
        "GIT_COMMITTER_EMAIL": "leaked@example.org",
        "TZ": "Asia/Kolkata",
        "XDG_CONFIG_HOME": str(tmp_path / "other/home/.config"),
        "GIT_CONFIG_GLOBAL": str(tmp_path / "other/home/.gitconfig"),
    }
    driver = replace(other.driver, environment=git_environment(surroundings))
    other.driver = driver
    assert await other.merge(two, one) == await clone.merge(one, two)


async def test_replaced_and_grafted_history_has_no_say(clone: Clone, tmp_path: Path) -> None:
    one, two = fork(clone)
    expected = await clone.merge(one, two)
    other = fetched(clone, tmp_path / "other", one, two)
    other.git("replace", one, other.commit(files(a="else"), two))
    assert await other.merge(one, two) == expected


async def test_packed_objects_and_a_commit_graph_have_no_say(clone: Clone, tmp_path: Path) -> None:
    one, two = fork(clone)
    other = fetched(clone, tmp_path / "other", one, two)
    other.git("repack", "-q", "-a", "-d")
    other.git("commit-graph", "write", "--reachable")
    assert await other.merge(one, two) == await clone.merge(one, two)


async def test_a_linked_worktree_merges_the_same(clone: Clone, tmp_path: Path) -> None:
    one, two = fork(clone)
    expected = await clone.merge(one, two)
    clone.git("worktree", "add", "-q", "--detach", "--no-checkout", str(tmp_path / "linked"), one)
    git_dir = clone.layout.common_dir / "worktrees" / "linked"
    clone.layout = replace(clone.layout, root=tmp_path / "linked", git_dir=git_dir)
    assert await clone.merge(one, two) == expected
    assert (git_dir / "autosync/merge/HEAD").exists()


async def test_nothing_but_objects_is_touched(clone: Clone) -> None:
    one, two = fork(clone)
    clone.git("update-ref", "refs/heads/main", one)
    clone.git("reset", "-q", "--hard")
    index = (clone.root / ".git/index").read_bytes()
    status = clone.git("status", "--porcelain", "-z"), clone.git("for-each-ref")
    await clone.merged(one, two)
    assert (clone.root / ".git/index").read_bytes() == index
    assert (clone.git("status", "--porcelain", "-z"), clone.git("for-each-ref")) == status
    assert not (clone.root / ".git/MERGE_HEAD").exists()
    assert not list(clone.root.rglob("*.lock"))
    assert not list((clone.root / ".git/autosync/merge").glob("scratch-*"))


async def test_what_a_crash_left_in_the_auxiliary_directory_does_no_harm(clone: Clone) -> None:
    one, two = fork(clone)
    expected = await clone.merge(one, two)
    auxiliary = clone.root / ".git/autosync/merge"
    sound = (auxiliary / "config").read_bytes()
    (auxiliary / "scratch-old").mkdir()
    (auxiliary / "scratch-old/index.lock").touch()
    os.utime(auxiliary / "scratch-old", (1, 1))
    (auxiliary / "config").write_bytes(b"")
    (auxiliary / "HEAD").unlink()
    (auxiliary / "config.new").write_text("rubbish")
    assert await clone.merge(one, two) == expected
    assert (auxiliary / "config").read_bytes() == sound
    assert not (auxiliary / "scratch-old").exists()


async def test_two_merges_at_once_do_not_disturb_each_other(clone: Clone) -> None:
    one, two = fork(clone)
    expected = await clone.merge(one, two)
    assert await asyncio.gather(*(clone.merge(one, two) for _ in range(4))) == [expected] * 4


async def test_the_merge_outlives_a_check_of_the_object_database(clone: Clone) -> None:
    clone.git("update-ref", "refs/heads/main", await clone.merged(*fork(clone)))
    clone.git("fsck", "--strict", "--full", "--no-dangling")


@without_it
async def test_another_version_of_git_makes_the_identical_merge(
    clone: Clone, tmp_path: Path
) -> None:
    one, two = fork(clone)
    other = on_other_git(clone, tmp_path, one, two)
    assert other.git("--version") != clone.git("--version")
    assert await other.merge(one, two) == await clone.merge(one, two)


@without_it
async def test_another_version_of_git_makes_identical_merges_of_many_edits(
    clone: Clone, tmp_path: Path
) -> None:
    pairs = []
    for seed in range(30):
        writers = Writers()
        plan = [
            Edit(KINDS[(seed * 7 + at * 5) % 9], PATHS[(seed + at * at) % 9], (seed * at) % 6)
            for at in range(18)
        ]
        base = writers.edit({}, [Edit("text", path, 0) for path in PATHS[1:]])
        root = clone.commit(base)
        one = clone.commit(writers.edit(base, plan[:9]), root, when=1_000_010)
        two = clone.commit(writers.edit(base, plan[9:]), root, when=1_000_020 - seed)
        pairs.append((one, two))
    other = on_other_git(clone, tmp_path, *(commit for pair in pairs for commit in pair))
    for one, two in pairs:
        assert await other.merge(one, two) == await clone.merge(one, two)


def on_other_git(clone: Clone, tmp_path: Path, *commits: str) -> Clone:
    assert OTHER_GIT, "`make tools` should have unpacked one"
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "git").symlink_to(OTHER_GIT)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return fetched(clone, tmp_path / "other", *commits, path=path)
