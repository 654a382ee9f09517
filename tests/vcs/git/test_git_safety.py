"""What was before the tree moved stays reachable, for a while."""

import time
from pathlib import Path

from autosyncd.process import Slots
from autosyncd.vcs.git.command import Git, git_environment
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.safety import BACKUPS, EXPIRE_EVERY, KEPT_SECONDS, MOST, Safety, expired
from tests.vcs.git.conftest import Trio
from tests.vcs.git.git_world import commit_by_hand, git, head, opened, text


def refs(folder: Path, prefix: str = BACKUPS) -> list[str]:
    return text(folder, "for-each-ref", "--format=%(refname)", prefix).split()


def safety(folder: Path, home: Path) -> Safety:
    environment = git_environment({"HOME": str(home), "PATH": "/usr/bin:/bin:/usr/local/bin"})
    control = folder / ".git"
    layout = Layout(folder, b"", git_dir=control, common_dir=control, object_format="sha1")
    return Safety(Git(folder, environment, Slots(2)), layout)


def forget_all_but_refs(folder: Path) -> None:
    git(folder, "reflog", "expire", "--expire=now", "--all")
    git(folder, "gc", "-q", "--prune=now")


async def test_the_state_before_a_move_survives_a_rewritten_branch_and_gc(trio: Trio) -> None:
    commit_by_hand(trio.theirs, theirs="t")
    git(trio.theirs, "push", "-q")
    mine = commit_by_hand(trio.mine, mine="m")
    repository = await opened(trio.mine)
    await repository.fetch()
    target = (await repository.merge()).target
    assert target
    await repository.push(target)
    await repository.move(target)
    git(trio.mine, "reset", "-q", "--hard", f"{mine}~1")
    git(trio.mine, "update-ref", "-d", "refs/remotes/origin/main")
    git(trio.mine, "update-ref", "-d", "refs/autosync/seen/origin/main", check=False)
    for ref in refs(trio.mine, "refs/autosync/seen/"):
        git(trio.mine, "update-ref", "-d", ref)
    forget_all_but_refs(trio.mine)
    assert text(trio.mine, "cat-file", "-t", mine) == "commit"
    assert [head(trio.mine, ref) for ref in refs(trio.mine)] == [mine]
    assert refs(trio.remote, "refs/autosync/") == []
    assert text(trio.mine, "branch", "--list", "--all").split() == ["*", "main"]


async def test_a_move_that_is_tried_again_makes_one_ref(tree: Path, home: Path) -> None:
    kept = safety(tree, home)
    for second in range(5):
        await kept.keep(head(tree), 1_800_000_000.0 + second)
    await kept.keep(None, 1_800_000_000.0)
    assert refs(tree) == [f"{BACKUPS}20270115T080000Z-{head(tree)[:12]}"]


async def test_refs_expire_by_age_and_by_number_and_others_never(tree: Path, home: Path) -> None:
    now = 1_800_000_000.0
    old, fresh = safety(tree, home), safety(tree, home)
    await old.keep(head(tree), now - KEPT_SECONDS - 60)
    await fresh.keep(head(tree), now - KEPT_SECONDS + 60)
    git(tree, "update-ref", f"{BACKUPS}by-hand", "HEAD")
    await fresh.expire(now)
    assert [ref.removeprefix(BACKUPS)[:8] for ref in refs(tree)] == ["20261216", "by-hand"]
    names = [
        f"{BACKUPS}{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(now - i))}-0"
        for i in range(MOST + 3)
    ]
    assert expired(names, now) == tuple(names[MOST:])


async def test_expiry_looks_at_the_refs_once_a_day(tree: Path, home: Path) -> None:
    kept, now = safety(tree, home), 1_800_000_000.0
    await kept.expire(now)
    await safety(tree, home).keep(head(tree), now - 2 * KEPT_SECONDS)
    await kept.expire(now + EXPIRE_EVERY - 1)
    assert len(refs(tree)) == 1
    await kept.expire(now + EXPIRE_EVERY)
    assert refs(tree) == []


async def test_tidying_up_expires_old_refs(tree: Path) -> None:
    git(tree, "update-ref", f"{BACKUPS}20010101T000000Z-0", "HEAD")
    await (await opened(tree)).tidy()
    assert refs(tree) == []
