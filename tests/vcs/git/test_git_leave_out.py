"""What a remote refuses for its size is taken out of what was never pushed, and nothing is lost."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from autosyncd.errors import LeftOutError, RemoteNeedsUserError, RetryError, TooLargeError
from autosyncd.vcs.git import leave_out
from autosyncd.vcs.git.repository import GitRepository
from tests.vcs.git.conftest import Trio
from tests.vcs.git.git_world import (
    commit_by_hand,
    content,
    git,
    head,
    make,
    must_commit,
    opened,
    settled,
    sign_with_anything,
    status,
    text,
    tracked,
    write,
)
from tests.vcs.git.size_limit import BIG, big, limit_pushes, limit_sizes


@pytest.fixture
def limited(trio: Trio) -> Trio:
    limit_sizes(trio.remote)
    return trio


async def left_out(repository: GitRepository, folder: Path) -> frozenset[bytes]:
    """Push what is there; the remote must refuse it for its size."""
    with pytest.raises(LeftOutError) as caught:
        await repository.push(head(folder))
    return caught.value.paths


def subjects(folder: Path, commits: str = "origin/main..HEAD") -> list[str]:
    return text(folder, "log", "--reverse", "--format=%s", commits).splitlines()


def kept(folder: Path) -> list[str]:
    return text(folder, "for-each-ref", "--format=%(objectname)", "refs/autosync/held").split()


async def test_everything_else_goes_out_and_the_file_stays_on_disk(limited: Trio) -> None:
    mine = limited.mine
    repository = await opened(mine)
    (mine / "film").write_bytes(big())
    write(mine, a="with the film\n")
    before = (await must_commit(repository)).info.id
    write(mine, a="later\n", other="o\n")
    await must_commit(repository)
    old = head(mine)
    assert await left_out(repository, mine) == {b"film"}
    await repository.push(head(mine))
    assert head(limited.remote, "main") == head(mine)
    assert tracked(limited.remote, "main") == {b"a", b"sub/b", b"other"}
    assert content(limited.remote, "a", "main~1") == b"with the film\n"
    assert (mine / "film").read_bytes() == big()
    assert kept(mine) == [old]
    assert content(mine, "film", kept(mine)[0]) == big()
    assert text(mine, "log", "-1", "--format=%an %ae %at %B", "HEAD~1") == text(
        mine, "log", "-1", "--format=%an %ae %at %B", before
    )
    assert status(mine) == "?? film"
    git(mine, "fsck", "--strict", "--no-dangling")


@pytest.mark.parametrize(
    "name", [b"\xff ilm", b" film ", b"--film", b':(top)"*\\', b"a\nb", b"\nb"]
)
async def test_a_name_may_be_any(limited: Trio, name: bytes) -> None:
    mine = limited.mine
    repository = await opened(mine)
    (mine / os.fsdecode(name)).write_bytes(big())
    write(mine, a="2\n")
    await must_commit(repository)
    assert await left_out(repository, mine) == {name}
    await repository.push(head(mine))
    assert tracked(limited.remote, "main") == {b"a", b"sub/b"}


async def test_what_was_refused_is_told_by_every_look_also_after_a_restart(limited: Trio) -> None:
    mine = limited.mine
    repository = await opened(mine)
    (mine / "film").write_bytes(big())
    await must_commit(repository)
    await left_out(repository, mine)
    for again in (repository, await opened(mine)):
        look = await settled(again, b"film")
        assert look.refused == {b"film": len(big())}


async def test_an_earlier_version_that_was_pushed_stays_the_file_s_version(limited: Trio) -> None:
    mine = limited.mine
    repository = await opened(mine)
    (mine / "a").write_bytes(big())
    await must_commit(repository)
    (mine / "a").write_bytes(big(2))
    write(mine, c="c\n")
    await must_commit(repository)
    old = head(mine)
    assert await left_out(repository, mine) == {b"a"}
    assert (content(mine, "a"), (mine / "a").read_bytes()) == (b"one\n", big(2))
    assert status(mine) == " M a"
    assert (content(mine, "a", old), content(mine, "a", f"{old}~1")) == (big(2), big())
    assert text(mine, "rev-list", "--count", "origin/main..HEAD") == "1", "an empty one is none"
    await repository.push(head(mine))


async def test_a_version_that_became_small_again_is_kept(limited: Trio) -> None:
    mine = limited.mine
    repository = await opened(mine)
    (mine / "log").write_bytes(big())
    write(mine, a="2\n")
    await must_commit(repository)
    write(mine, log="short now\n")
    await must_commit(repository)
    await left_out(repository, mine)
    assert (content(mine, "log"), status(mine)) == (b"short now\n", "")
    await repository.push(head(mine))


async def test_the_same_version_at_several_paths_is_left_out_everywhere(limited: Trio) -> None:
    mine = limited.mine
    repository = await opened(mine)
    for name in ("film", "sub/copy of it", "z"):
        (mine / name).write_bytes(big())
    write(mine, a="2\n")
    await must_commit(repository)
    await left_out(repository, mine)
    await repository.push(head(mine))
    assert tracked(limited.remote, "main") == {b"a", b"sub/b"}
    assert {path.name for path in mine.rglob("*") if path.is_file()} >= {"film", "copy of it", "z"}


async def test_the_first_push_of_all_can_be_refused_too(tmp_path: Path, no_quiet: None) -> None:
    remote, mine = make(tmp_path / "r.git", "--bare", "-b", "main"), make(tmp_path / "m")
    git(mine, "remote", "add", "origin", remote)
    limit_sizes(remote)
    repository = await opened(mine)
    (mine / "film").write_bytes(big())
    await must_commit(repository)
    write(mine, a="a\n")
    await must_commit(repository)
    await left_out(repository, mine)
    await repository.push(head(mine))
    assert tracked(remote, "main") == {b"a"}


async def test_a_merge_that_is_refused_leaves_both_sides_in_the_next_one(limited: Trio) -> None:
    mine = limited.mine
    repository = await opened(mine)
    (mine / "film").write_bytes(big())
    write(mine, mine="mine\n")
    await must_commit(repository)
    commit_by_hand(limited.theirs, theirs="theirs\n")
    git(limited.theirs, "push", "-q")
    await repository.fetch()
    merge = await repository.merge()
    assert merge.target
    with pytest.raises(LeftOutError):
        await repository.push(merge.target)
    merge = await repository.merge()
    assert merge.target
    await repository.push(merge.target)
    await repository.move(merge.target)
    assert tracked(limited.remote, "main") == {b"a", b"sub/b", b"mine", b"theirs"}
    assert ((mine / "film").read_bytes(), status(mine)) == (big(), "?? film")


async def test_a_merge_by_hand_keeps_both_its_parents(limited: Trio) -> None:
    mine = limited.mine
    repository = await opened(mine)
    git(mine, "switch", "-q", "-c", "side")
    side = commit_by_hand(mine, "on the side", s="s\n")
    git(mine, "switch", "-q", "main")
    (mine / "film").write_bytes(big())
    commit_by_hand(mine, "with a film", a="2\n")
    git(mine, "merge", "-q", "-m", "joined", "side")
    await left_out(repository, mine)
    assert subjects(mine)[-1] == "joined"
    assert text(mine, "rev-parse", "HEAD^2") == side
    assert tracked(mine) == {b"a", b"s", b"sub/b"}
    await repository.push(head(mine))


async def test_a_merge_takes_back_nothing_that_others_have_published(limited: Trio) -> None:
    mine, theirs = limited.mine, limited.theirs
    (mine / "a").write_bytes(big())
    commit_by_hand(mine, "with a film")
    commit_by_hand(theirs, a="their new one\n")
    git(theirs, "push", "-q")
    git(mine, "fetch", "-q")
    git(mine, "merge", "-q", "-s", "ours", "-m", "joined", "origin/main")
    repository = await opened(mine)
    await left_out(repository, mine)
    assert (content(mine, "a"), (mine / "a").read_bytes()) == (b"their new one\n", big())
    await repository.push(head(mine))


async def test_what_a_filter_makes_too_large_is_known_by_its_size_on_disk(limited: Trio) -> None:
    """Else the file would be committed, sent and refused for ever."""
    mine = limited.mine
    git(mine, "config", "filter.longer.clean", "cat; echo 0123456789")
    (mine / ".gitattributes").write_text("film filter=longer\n")
    repository = await opened(mine)
    (mine / "film").write_bytes(big())
    await must_commit(repository)
    assert len(content(mine, "film")) > len(big())
    await left_out(repository, mine)
    assert (await settled(repository, b"film")).refused == {b"film": len(big())}


async def test_what_the_user_staged_stays_staged(limited: Trio) -> None:
    mine = limited.mine
    repository = await opened(mine)
    (mine / "film").write_bytes(big())
    await must_commit(repository)
    write(mine, a="staged\n", film="a version of mine\n")
    git(mine, "add", "a", "film")
    await left_out(repository, mine)
    assert text(mine, "diff", "--cached", "--name-status") == "M\ta\nA\tfilm"
    assert text(mine, "show", ":film") == "a version of mine"


async def test_what_was_published_anywhere_is_not_made_again(limited: Trio) -> None:
    mine = limited.mine
    other = make(limited.remote.parent / "other.git", "--bare")
    git(mine, "remote", "add", "other", other)
    (mine / "film").write_bytes(big())
    made = commit_by_hand(mine, "published elsewhere")
    git(mine, "push", "-q", "other", "main")
    repository = await opened(mine)
    with pytest.raises(TooLargeError, match=r"limit of 1\.00 MB") as caught:
        await repository.push(made)
    assert "git rm --cached" in (caught.value.hint or "")
    assert (head(mine), kept(mine)) == (made, [])


async def test_what_another_branch_or_a_tag_has_is_not_made_again(limited: Trio) -> None:
    mine = limited.mine
    (mine / "film").write_bytes(big())
    commit_by_hand(mine, "with a film")
    made = commit_by_hand(mine, "later", a="2\n")
    repository = await opened(mine)
    for kind in ("tag", "branch"):
        git(mine, kind, "mark", "HEAD~1")
        with pytest.raises(TooLargeError):
            await repository.push(made)
        assert (head(mine), kept(mine)) == (made, [])
        git(mine, kind, "-d", "mark")
    await left_out(repository, mine)


async def test_a_signature_made_by_hand_is_not_lost(limited: Trio, tmp_path: Path) -> None:
    mine = limited.mine
    sign_with_anything(mine, tmp_path)
    (mine / "film").write_bytes(big())
    write(mine, a="2\n")
    git(mine, "add", "-A")
    git(mine, "commit", "-q", "-S", "-m", "signed by hand")
    made = head(mine)
    with pytest.raises(TooLargeError):
        await (await opened(mine)).push(made)
    assert (head(mine), kept(mine)) == (made, [])


async def test_a_long_history_is_not_made_again(
    limited: Trio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leave_out, "MOST", 1)
    mine = limited.mine
    (mine / "film").write_bytes(big())
    commit_by_hand(mine, "with a film")
    made = commit_by_hand(mine, "later", a="2\n")
    with pytest.raises(TooLargeError):
        await (await opened(mine)).push(made)
    assert (head(mine), kept(mine)) == (made, [])


async def test_a_refusal_that_names_nothing_changes_nothing(trio: Trio) -> None:
    hook = trio.remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'the pack is too large' >&2\nexit 1\n")
    hook.chmod(0o755)
    (trio.mine / "film").write_bytes(big())
    made = commit_by_hand(trio.mine)
    with pytest.raises(RemoteNeedsUserError, match="the pack is too large"):
        await (await opened(trio.mine)).push(made)
    assert (head(trio.mine), kept(trio.mine)) == (made, [])


async def test_who_never_stops_committing_is_left_alone(limited: Trio) -> None:
    mine = limited.mine
    repository = await opened(mine)
    (mine / "film").write_bytes(big())
    await must_commit(repository)

    def commits(step: str) -> None:
        if step == "ready":
            commit_by_hand(mine, a=head(mine))

    repository._leaving.at = commits
    with pytest.raises(RetryError, match="keeps using git"):
        await repository.push(head(mine))
    assert b"film" in tracked(mine)


async def test_a_commit_made_meanwhile_is_built_upon(limited: Trio) -> None:
    mine = limited.mine
    repository = await opened(mine)
    (mine / "film").write_bytes(big())
    await must_commit(repository)
    late: list[str] = []

    def commits(_step: str) -> None:
        if not late:
            late.append(commit_by_hand(mine, "faster", a="by hand\n"))

    repository._leaving.at = commits
    assert await left_out(repository, mine) == {b"film"}
    assert subjects(mine) == ["faster"]
    assert late[0] in kept(mine)
    await repository.push(head(mine))


async def test_two_machines_make_the_same_commits_without_it(limited: Trio) -> None:
    """They may have had the commits from each other, without the remote."""
    mine, theirs = limited.mine, limited.theirs
    (mine / "film").write_bytes(big())
    commit_by_hand(mine, "with a film", a="2\n")
    commit_by_hand(mine, "next", a="3\n")
    git(theirs, "fetch", "-q", mine, "main:from-peer")
    git(theirs, "reset", "-q", "--hard", "from-peer")
    git(theirs, "branch", "-q", "-D", "from-peer")
    for folder in (mine, theirs):
        await left_out(await opened(folder), folder)
    assert head(mine) == head(theirs)


async def test_a_message_in_another_encoding_stays_as_it_is(limited: Trio) -> None:
    mine = limited.mine
    (mine / "film").write_bytes(big())
    write(mine, a="2\n")
    git(mine, "add", "-A")
    latin = ("-c", "i18n.commitEncoding=ISO-8859-1")
    git(mine, *latin, "commit", "-q", "-F", "-", stdin=b"caf\xe9\n\nwith a body\n")
    before = git(mine, "cat-file", "commit", "HEAD").split(b"\n", 2)[2]
    assert b"encoding ISO-8859-1\n" in before
    await left_out(await opened(mine), mine)
    assert git(mine, "cat-file", "commit", "HEAD").split(b"\n", 2)[2] == before


async def test_what_was_signed_is_signed_again(limited: Trio, tmp_path: Path) -> None:
    mine = limited.mine
    sign_with_anything(mine, tmp_path)
    (mine / "film").write_bytes(big())
    commit_by_hand(mine, "not signed", a="2\n")
    git(mine, "config", "commit.gpgSign", "true")
    commit_by_hand(mine, "signed", a="3\n")
    people = text(mine, "log", "-2", "--format=%an %ae %at %cn %ce %ct %s")
    await left_out(await opened(mine), mine)
    assert b"\ngpgsig " in git(mine, "cat-file", "commit", "HEAD")
    assert b"\ngpgsig " not in git(mine, "cat-file", "commit", "HEAD~1")
    assert text(mine, "log", "-2", "--format=%an %ae %at %cn %ce %ct %s") == people


SCRIPT = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.vcs.git.git_world import head, opened

async def main(tree, step):
    repository = await opened(tree)
    def hook(reached):
        if reached == step:
            os.kill(os.getpid(), signal.SIGKILL)
    repository._leaving.at = hook
    await repository.push(head(tree))

asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"""


@pytest.mark.parametrize("step", ["ready", "locked", "installed", "published"])
async def test_killed_at_any_step_it_is_ended_by_the_next_push(limited: Trio, step: str) -> None:
    mine = limited.mine
    (mine / "film").write_bytes(big())
    write(mine, a="2\n")
    await must_commit(await opened(mine))
    old = head(mine)
    killed = subprocess.run(
        [sys.executable, "-c", SCRIPT, mine, step],
        cwd=Path(__file__).parents[3],
        check=False,
        stderr=subprocess.PIPE,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert kept(mine) == [old]
    assert (head(mine) == old) is (step != "published")
    repository = await opened(mine)
    look = await settled(repository)
    assert look.refused.keys() == {b"film"}
    if step != "published":
        await left_out(repository, mine)
    await repository.push(head(mine))
    assert tracked(limited.remote, "main") == {b"a", b"sub/b"}
    write(mine, a="3\n")
    await must_commit(repository, b"a")
    assert ((mine / "film").read_bytes(), status(mine)) == (big(), "?? film")
    git(mine, "fsck", "--strict", "--no-dangling")


async def test_of_a_push_that_is_too_large_only_a_file_that_is_so_alone_is_left_out(
    trio: Trio,
) -> None:
    mine = trio.mine
    limit_pushes(trio.remote)
    repository = await opened(mine)
    (mine / "noise").write_bytes(os.urandom(BIG))
    (mine / "zeros").write_bytes(bytes(4 * BIG))
    await must_commit(repository)
    assert await left_out(repository, mine) == {b"noise"}
    await repository.push(head(mine))
    assert tracked(trio.remote, "main") == {b"a", b"sub/b", b"zeros"}
    for name in ("one", "two"):
        (mine / name).write_bytes(os.urandom(BIG // 2))
    await must_commit(repository, b"one", b"two")
    before = head(mine)
    with pytest.raises(TooLargeError, match="so much at once"):
        await repository.push(before)
    assert head(mine) == before
