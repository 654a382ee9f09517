"""How each path gets into a commit, decided from what is on disk by now."""

import os
import time
from pathlib import Path

import pytest

from autosyncd.vcs.base import Change, ChangeKind, Look
from autosyncd.vcs.git.gather import Plan, plan_for
from autosyncd.vcs.tree.disk import Seen, What, observe
from autosyncd.vcs.tree.entry import Difference, Entry
from autosyncd.vcs.tree.signature import Signature
from tests.vcs.git.git_world import git, opened, saying, text, tracked, write

NOW = 1_000_000.0


def seen(what: What, age: float = 60.0) -> Seen:
    nothing = what in (What.MISSING, What.BEYOND_LINK)
    changed = int((NOW - age) * 1e9)
    return Seen(what, None if nothing else Signature(1, 0o100644, 5, changed, changed))


def planned(kind: ChangeKind, there: Seen, *, untracked: bool = False) -> str:
    entry = Entry("100644", "1" * 40)
    staged = {b"p": Difference(b"p", entry, None)} if untracked else {}
    plan = plan_for([Change(b"p", kind)], {b"p": there}, staged, NOW)
    return next(name for name in ("take", "drop", "unstable") if getattr(plan, name))


@pytest.mark.parametrize("kind", [ChangeKind.ADDED, ChangeKind.MODIFIED])
def test_what_has_content_is_taken_and_what_has_none_any_more_waits(kind: ChangeKind) -> None:
    assert planned(kind, seen(What.FILE)) == "take"
    assert planned(kind, seen(What.LINK)) == "take"
    for what in (What.MISSING, What.FOLDER, What.OTHER, What.UNREADABLE, What.BEYOND_LINK):
        assert planned(kind, seen(what)) == "unstable"


def test_what_is_gone_is_dropped_and_what_came_back_waits() -> None:
    deleted = ChangeKind.DELETED
    assert planned(deleted, seen(What.MISSING)) == "take"
    assert planned(deleted, seen(What.FOLDER)) == "drop"
    assert planned(deleted, seen(What.BEYOND_LINK)) == "drop"
    assert planned(deleted, seen(What.FILE)) == "unstable"
    assert planned(deleted, seen(What.FILE), untracked=True) == "drop"
    assert planned(deleted, seen(What.UNREADABLE)) == "unstable"


def test_what_changed_just_now_waits() -> None:
    assert planned(ChangeKind.MODIFIED, seen(What.FILE, age=0.01)) == "unstable"
    assert planned(ChangeKind.MODIFIED, seen(What.FILE, age=-5)) == "unstable"
    assert planned(ChangeKind.MODIFIED, seen(What.FILE, age=0.1)) == "take"
    assert planned(ChangeKind.MODIFIED, seen(What.FILE, age=-3600)) == "take"


def test_paths_are_in_order_so_that_a_file_goes_before_its_folder_comes() -> None:
    changes = [Change(name, ChangeKind.ADDED) for name in (b"a/b", b"a", b"c")]
    there = {change.path: seen(What.FILE) for change in changes}
    assert plan_for(changes, there, {}, NOW) == Plan(take=(b"a", b"a/b", b"c"))


def test_what_is_behind_a_symbolic_link_is_not_in_the_tree(tree: Path, tmp_path: Path) -> None:
    write(tmp_path / "outside", deep__file="x")
    (tree / "sub" / "link").symlink_to(tmp_path / "outside")
    paths = (b"sub/link", b"sub/link/deep", b"sub/link/deep/file", b"sub/b", b"gone/file")
    found = {path: there.what for path, there in observe(os.fsencode(tree), paths).items()}
    kinds = (What.LINK, What.BEYOND_LINK, What.BEYOND_LINK, What.FILE, What.MISSING)
    assert found == dict(zip(paths, kinds, strict=True))


async def test_a_path_outside_of_a_sparse_checkout_is_never_taken_for_deleted(tree: Path) -> None:
    git(tree, "update-index", "--skip-worktree", "sub/b")
    (tree / "sub" / "b").unlink()
    write(tree, a="2")
    time.sleep(0.05)
    changes = (Change(b"a", ChangeKind.MODIFIED), Change(b"sub/b", ChangeKind.DELETED))
    assert await (await opened(tree)).commit(Look(changes), saying("m"))
    assert tracked(tree) == {b"a", b"sub/b"}
    assert text(tree, "ls-files", "-v", "sub/b").startswith("S ")
