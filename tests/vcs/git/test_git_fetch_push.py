"""Fetching and pushing: what the remote had is never lied about, and never forced."""

import os
from pathlib import Path

import pytest

from autosyncd.errors import (
    NeedsUserError,
    OfflineError,
    RejectedError,
    RemoteNeedsUserError,
    RetryError,
)
from autosyncd.process import Finished
from autosyncd.vcs.base import Relation
from autosyncd.vcs.git.remote import fetch_failure
from autosyncd.vcs.git.repository import GitRepository
from autosyncd.vcs.git.standing import View
from autosyncd.vcs.git.upstream import Upstream
from tests.vcs.git.conftest import Trio
from tests.vcs.git.git_world import (
    commit,
    commit_by_hand,
    git,
    head,
    make,
    must_commit,
    opened,
    text,
    write,
)


def theirs_pushed(trio: Trio, **files: str) -> str:
    made = commit_by_hand(trio.theirs, **files)
    git(trio.theirs, "push", "-q")
    return made


async def stands(repository: GitRepository) -> Relation:
    return (await repository.inspect()).relation


async def needs_user(repository: GitRepository, match: str) -> None:
    """The remote asks for the user, and goes on asking."""
    for _ in range(2):
        with pytest.raises(RemoteNeedsUserError, match=match) as caught:
            await repository.fetch()
        assert caught.value.hint


async def test_a_fetch_brings_what_others_pushed_and_touches_no_tree(trio: Trio) -> None:
    repository = await opened(trio.mine)
    before = head(trio.mine)
    new = theirs_pushed(trio, a="theirs")
    await repository.fetch()
    standing = await repository.inspect()
    assert (standing.tip, standing.head, standing.behind) == (new, before, 1)
    assert ((trio.mine / "a").read_text(), text(trio.mine, "status", "--short")) == ("one\n", "")
    assert not (trio.mine / ".git" / "FETCH_HEAD").exists()


async def test_a_push_gives_the_commits_and_says_how_many(trio: Trio) -> None:
    repository = await opened(trio.mine)
    commit_by_hand(trio.mine, a="2")
    made = commit_by_hand(trio.mine, a="3")
    assert await repository.push(made) == 2
    assert head(trio.remote, "main") == made
    assert head(trio.mine, "refs/remotes/origin/main") == made
    assert await stands(repository) is Relation.SAME
    assert await repository.push(made) == 0


async def test_the_first_push_creates_the_branch(tmp_path: Path, no_quiet: None) -> None:
    git(tmp_path, "init", "-q", "--bare", "remote.git")
    git(tmp_path, "clone", "-q", "remote.git", "tree")
    repository = await opened(tmp_path / "tree")
    await repository.fetch()
    write(tmp_path / "tree", a="1")
    made = await must_commit(repository)
    await repository.fetch()
    assert await stands(repository) is Relation.UNPUBLISHED
    assert await repository.push(made.info.id) == 1
    assert head(tmp_path / "remote.git", "main") == made.info.id


async def test_the_user_s_configuration_is_not_changed(trio: Trio) -> None:
    before = (trio.mine / ".git" / "config").read_bytes()
    git(trio.mine, "switch", "-qc", "fresh")
    repository = await opened(trio.mine)
    await repository.push(commit_by_hand(trio.mine, a="2"))
    await repository.fetch()
    assert (trio.mine / ".git" / "config").read_bytes() == before
    assert head(trio.remote, "fresh") == head(trio.mine)


async def test_a_push_that_comes_too_late_is_rejected(trio: Trio) -> None:
    repository = await opened(trio.mine)
    new = theirs_pushed(trio, a="theirs")
    with pytest.raises(RejectedError):
        await repository.push(commit_by_hand(trio.mine, b="mine"))
    assert head(trio.remote, "main") == new


async def test_a_push_that_loses_a_race_at_the_remote_is_rejected(trio: Trio) -> None:
    repository = await opened(trio.mine)
    (trio.remote / "refs" / "heads" / "main.lock").touch()
    with pytest.raises(RejectedError):
        await repository.push(commit_by_hand(trio.mine, b="mine"))


async def test_a_refusal_of_the_server_is_told_in_its_own_words(trio: Trio) -> None:
    hook = trio.remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'no big files, please' >&2\nexit 1\n")
    hook.chmod(0o755)
    repository = await opened(trio.mine)
    with pytest.raises(RemoteNeedsUserError, match="no big files, please"):
        await repository.push(commit_by_hand(trio.mine, b="mine"))


async def test_a_remote_that_is_a_working_copy_is_explained(trio: Trio, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", trio.mine, "third")
    repository = await opened(tmp_path / "third")
    with pytest.raises(RemoteNeedsUserError, match="checked out"):
        await repository.push(commit_by_hand(tmp_path / "third", b="x"))


async def test_pre_push_hooks_run_and_may_refuse_and_no_others_run(trio: Trio) -> None:
    hooks = trio.mine / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("pre-push", "pre-commit", "post-commit", "post-merge", "post-checkout"):
        (hooks / name).write_text(f"#!/bin/sh\necho ran {name} | tee -a ../ran >&2\nexit 1\n")
    repository = await opened(trio.mine)
    write(trio.mine, b="mine")
    made = await must_commit(repository)
    for hook in hooks.iterdir():
        hook.chmod(0o755)
    write(trio.mine, c="mine")
    made = await must_commit(repository)
    with pytest.raises(RemoteNeedsUserError, match="pre-push hook refuses the push: ran pre-push"):
        await repository.push(made.info.id)
    new = theirs_pushed(trio, d="theirs")
    (hooks / "pre-push").unlink()
    await repository.fetch()
    target = (await repository.merge()).target
    assert target
    await repository.push(target)
    await repository.move(target)
    assert (head(trio.mine, "HEAD^1") == new) or (head(trio.mine, "HEAD^2") == new)
    assert (trio.mine.parent / "ran").read_text() == "ran pre-push\n"


async def test_a_remote_on_a_disk_that_is_away_is_offline_and_comes_back(trio: Trio) -> None:
    repository = await opened(trio.mine)
    trio.remote.rename(trio.remote.with_name("unplugged"))
    for action in (repository.fetch(), repository.push(head(trio.mine))):
        with pytest.raises(OfflineError, match="does not appear to be a git repository"):
            await action
    trio.remote.with_name("unplugged").rename(trio.remote)
    await repository.fetch()
    assert await repository.push(commit_by_hand(trio.mine, b="x")) == 1


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/x.git", "git://127.0.0.1:1/x.git", "http://nowhere.invalid/x.git"]
)
async def test_a_server_that_does_not_answer_is_offline(trio: Trio, url: str) -> None:
    git(trio.mine, "remote", "set-url", "origin", url)
    repository = await opened(trio.mine)
    with pytest.raises(OfflineError, match="cannot fetch from origin"):
        await repository.fetch()
    with pytest.raises(OfflineError, match="cannot push to origin"):
        await repository.push(head(trio.mine))


async def test_ssh_is_the_user_s_own_with_options_against_prompts(
    trio: Trio, tmp_path: Path
) -> None:
    program = tmp_path / "my-ssh"
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/said\nfor last; do :; done\neval "$last"\n'
    )
    program.chmod(0o755)
    git(trio.mine, "config", "core.sshCommand", f"{program} -i key")
    git(trio.mine, "config", "ssh.variant", "ssh")
    git(trio.mine, "remote", "set-url", "origin", f"host:{trio.remote}")
    new = theirs_pushed(trio, a="theirs")
    repository = await opened(trio.mine)
    await repository.fetch()
    assert (await repository.inspect()).tip == new
    said = (tmp_path / "said").read_text()
    assert said.startswith("-i key -oBatchMode=yes")
    program.write_text("#!/bin/sh\necho 'me@host: Permission denied (publickey).' >&2\nexit 255\n")
    with pytest.raises(RemoteNeedsUserError, match="Permission denied") as caught:
        await repository.fetch()
    assert "ssh key" in str(caught.value.hint)
    git(trio.mine, "config", "core.sshCommand", "false")
    other = await opened(trio.mine, env={"GIT_SSH_COMMAND": f"{program} -x"})
    with pytest.raises(RemoteNeedsUserError, match="Permission denied"):
        await other.fetch()


async def test_a_missing_remote_is_asked_for(trio: Trio, tmp_path: Path) -> None:
    repository = await opened(trio.mine, remote="nas")
    with pytest.raises(RemoteNeedsUserError, match="no remote `nas`; those there are: origin"):
        await repository.fetch()
    with pytest.raises(RemoteNeedsUserError, match="no remote `nas`"):
        await repository.push(head(trio.mine))
    git(trio.mine, "remote", "add", "nas", trio.remote)
    await repository.fetch()
    lonely = await opened(make(tmp_path / "lonely", a="1"))
    with pytest.raises(RemoteNeedsUserError, match="has no remote"):
        await lonely.fetch()


async def test_a_lock_in_our_own_refs_is_waited_for(trio: Trio) -> None:
    theirs_pushed(trio, a="theirs")
    repository = await opened(trio.mine)
    lock = trio.mine / ".git" / "refs" / "remotes" / "origin" / "main.lock"
    lock.touch()
    with pytest.raises(RetryError, match="git is at work"):
        await repository.fetch()
    lock.unlink()
    await repository.fetch()


def test_a_full_disk_is_not_the_remote_s_fault() -> None:
    said = b"fatal: write error: No space left on device\nfatal: fetch-pack: invalid output"
    problem = fetch_failure(Finished(128, b"", said), Upstream("origin", "main"), "host:x")
    assert isinstance(problem, NeedsUserError)
    assert not isinstance(problem, RemoteNeedsUserError)


# --- rewritten, deleted, unrelated


async def rewritten(trio: Trio) -> GitRepository:
    """The remote had a commit that mine has; then somebody replaced it."""
    theirs_pushed(trio, a="dropped")
    repository = await opened(trio.mine)
    await repository.fetch()
    await repository.move(head(trio.remote, "main"))
    git(trio.theirs, "reset", "-q", "--hard", "HEAD^")
    commit_by_hand(trio.theirs, a="instead")
    git(trio.theirs, "push", "-qf")
    return repository


async def test_a_rewritten_history_is_not_taken(trio: Trio) -> None:
    repository = await rewritten(trio)
    before = await repository.inspect()
    await needs_user(repository, "was rewritten")
    assert (await repository.inspect()).tip == before.tip
    for action in (repository.merge(), repository.push(commit_by_hand(trio.mine, n="new"))):
        with pytest.raises(RemoteNeedsUserError, match="was rewritten"):
            await action
    await needs_user(await opened(trio.mine), "was rewritten")


async def test_a_rewritten_history_is_solved_by_a_merge_by_hand(trio: Trio) -> None:
    repository = await rewritten(trio)
    await needs_user(repository, "was rewritten")
    git(trio.mine, "merge", "-q", "-X", "ours", "--no-edit", "origin/main")
    await repository.fetch()
    assert await stands(repository) is Relation.AHEAD
    await repository.push(head(trio.mine))


async def test_a_rewritten_history_is_solved_by_going_there(trio: Trio) -> None:
    repository = await rewritten(trio)
    await needs_user(repository, "was rewritten")
    git(trio.mine, "reset", "-q", "--keep", "origin/main")
    assert await stands(repository) is Relation.SAME
    await repository.fetch()
    assert await stands(repository) is Relation.SAME


async def test_a_history_rewritten_on_this_machine_is_its_user_s_business(trio: Trio) -> None:
    repository = await opened(trio.mine)
    await repository.fetch()
    git(trio.mine, "commit", "-q", "--amend", "-m", "better words")
    git(trio.mine, "push", "-qf")
    await repository.fetch()
    assert await stands(repository) is Relation.SAME


async def test_commits_dropped_at_the_remote_are_not_pushed_back(trio: Trio) -> None:
    repository = await opened(trio.mine)
    await repository.fetch()
    theirs_pushed(trio, a="dropped")
    await repository.fetch()
    await repository.move(head(trio.remote, "main"))
    git(trio.theirs, "reset", "-q", "--hard", "HEAD^")
    git(trio.theirs, "push", "-qf")
    dropped = head(trio.remote, "main")
    await needs_user(repository, "was rewritten")
    with pytest.raises(RemoteNeedsUserError, match="was rewritten"):
        await repository.push(commit_by_hand(trio.mine, n="new"))
    assert head(trio.remote, "main") == dropped
    git(trio.mine, "reset", "-q", "--keep", "origin/main")
    await repository.fetch()
    await repository.push(commit_by_hand(trio.mine, n="new"))


async def test_a_rewrite_between_the_clone_and_the_first_fetch_is_noticed(trio: Trio) -> None:
    git(trio.theirs, "commit", "-q", "--amend", "-m", "other words")
    git(trio.theirs, "push", "-qf")
    await needs_user(await opened(trio.mine), "was rewritten")


async def test_what_the_user_fetched_by_hand_counts(trio: Trio) -> None:
    repository = await opened(trio.mine)
    await repository.fetch()
    new = theirs_pushed(trio, a="theirs")
    git(trio.mine, "fetch", "-q")
    assert (await repository.inspect()).tip == new


async def test_a_branch_deleted_at_the_remote_is_not_made_again(trio: Trio) -> None:
    repository = await opened(trio.mine)
    await repository.fetch()
    git(trio.remote, "update-ref", "-d", "refs/heads/main")
    await needs_user(repository, "was deleted at origin")
    git(trio.mine, "push", "-q", "origin", "main")
    await repository.fetch()
    assert await stands(repository) is Relation.SAME


async def test_unrelated_histories_are_not_joined(tmp_path: Path, trio: Trio) -> None:
    other = make(tmp_path / "other", z="1")
    git(other, "remote", "add", "origin", trio.remote)
    repository = await opened(other)
    await needs_user(repository, "no history in common")
    with pytest.raises(RemoteNeedsUserError):
        await repository.merge()
    git(other, "merge", "-q", "--no-edit", "--allow-unrelated-histories", "origin/main")
    await repository.fetch()
    assert await stands(repository) is Relation.AHEAD


async def test_two_histories_that_autosync_began_in_an_empty_remote_are_joined(
    tmp_path: Path, no_quiet: None
) -> None:
    git(tmp_path, "init", "-q", "--bare", "remote.git")
    for name in ("one", "two"):
        git(tmp_path, "clone", "-q", "remote.git", name)
        write(tmp_path / name, **{name: "x"})
        await commit(await opened(tmp_path / name), message=f"{name}\n\nAutosync-Id: {name}")
    await (await opened(tmp_path / "one")).push(head(tmp_path / "one"))
    repository = await opened(tmp_path / "two")
    await repository.fetch()
    assert await stands(repository) is Relation.DIVERGED
    assert (await repository.merge()).target


async def test_a_shallow_clone_is_deepened_when_it_must_be(trio: Trio, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{trio.remote}", "shallow")
    repository = await opened(tmp_path / "shallow")
    for number in range(3):
        theirs_pushed(trio, a=f"{number}")
    git(tmp_path / "shallow", "fetch", "-q", "--depth=1")
    commit_by_hand(tmp_path / "shallow", mine="m")
    git(tmp_path / "shallow", "update-ref", "-d", "refs/remotes/origin/main")
    await repository.fetch()
    assert not (tmp_path / "shallow" / ".git" / "shallow").exists()
    assert await stands(repository) is Relation.DIVERGED
    assert (await repository.merge()).target


async def test_branches_whose_names_contain_each_other_do_not_collide(trio: Trio) -> None:
    for name in ("topic/one", "topic"):
        git(trio.mine, "switch", "-qc", name)
        repository = await opened(trio.mine)
        await repository.push(commit_by_hand(trio.mine, a=name))
        assert await stands(repository) is Relation.SAME
        git(trio.mine, "switch", "-q", "main")
        for where in (trio.mine, trio.remote):
            git(where, "branch", "-qD", name)
        if os.path.lexists(trio.mine / ".git/refs/remotes/origin/topic/one"):
            git(trio.mine, "update-ref", "-d", "refs/remotes/origin/topic/one")


async def test_a_branch_switched_in_the_last_moment_gets_nothing_of_the_other(
    trio: Trio, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = await opened(trio.mine)
    write(trio.mine, a="mine")
    made = (await must_commit(repository)).info.id
    git(trio.mine, "branch", "side", "HEAD~1")
    know = repository._transfer.inspector.view

    async def switched(branch: str) -> View:
        git(trio.mine, "symbolic-ref", "HEAD", "refs/heads/side")
        return await know(branch)

    monkeypatch.setattr(type(repository._transfer.inspector), "view", lambda _self, b: switched(b))
    await repository.push(made, "main")
    assert text(trio.remote, "for-each-ref", "--format=%(refname) %(objectname)") == (
        f"refs/heads/main {made}"
    )


async def test_a_merge_made_for_one_branch_is_not_given_to_another(trio: Trio) -> None:
    repository = await opened(trio.mine)
    write(trio.mine, mine="m")
    await must_commit(repository)
    theirs_pushed(trio, theirs="t")
    await repository.fetch()
    git(trio.mine, "symbolic-ref", "HEAD", "refs/heads/side")
    git(trio.mine, "update-ref", "refs/heads/side", "main")
    merge = await repository.merge()
    assert merge.target
    git(trio.mine, "symbolic-ref", "HEAD", "refs/heads/main")
    with pytest.raises(RetryError, match="instead of side"):
        await repository.push(merge.target, "main")
