"""`commit_hooks`: the repository's own hooks, if the user wants them."""

from pathlib import Path

import pytest

from autosyncd.errors import NeedsUserError
from autosyncd.vcs.git import hooks as hooks_module
from tests.vcs.git.git_world import (
    commit,
    content,
    git,
    head,
    must_commit,
    opened,
    status,
    text,
    tracked,
    write,
)


def hook(tree: Path, name: str, script: str) -> None:
    file = tree / ".git" / "hooks" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


async def test_hooks_run_only_when_asked_for(tree: Path) -> None:
    hook(tree, "pre-commit", "exit 1")
    write(tree, a="2")
    await must_commit(await opened(tree))
    write(tree, a="3")
    with pytest.raises(NeedsUserError, match="pre-commit hook refuses"):
        await commit(await opened(tree, commit_hooks=True))


async def test_a_hook_that_refuses_is_quoted_and_the_changes_wait(tree: Path) -> None:
    hook(tree, "pre-commit", "git diff --cached --name-only >&2; exit 1")
    write(tree, a="2")
    before = head(tree)
    with pytest.raises(NeedsUserError, match="refuses the commit: a"):
        await commit(await opened(tree, commit_hooks=True))
    assert (head(tree), status(tree)) == (before, " M a")


async def test_a_hook_may_amend_what_is_committed(tree: Path) -> None:
    hook(tree, "pre-commit", "echo tidy > a; git add a")
    write(tree, a="untidy")
    await must_commit(await opened(tree, commit_hooks=True))
    assert (content(tree, "a"), status(tree)) == (b"tidy\n", "")


async def test_a_hook_sees_only_our_paths_when_others_are_staged(tree: Path) -> None:
    hook(tree, "pre-commit", "git diff --cached --name-only > .git/seen; echo t > n; git add n")
    write(tree, a="staged\n", new="n")
    git(tree, "add", "a")
    await must_commit(await opened(tree, commit_hooks=True), b"new")
    assert (tree / ".git" / "seen").read_text() == "new\n"
    assert (tracked(tree), status(tree)) == ({b"a", b"sub/b", b"new", b"n"}, "M  a")


async def test_a_hook_may_amend_or_refuse_the_message(tree: Path) -> None:
    hook(tree, "commit-msg", 'echo "Reviewed: yes" >> "$1"')
    write(tree, a="2")
    await must_commit(await opened(tree, commit_hooks=True))
    assert text(tree, "log", "-1", "--format=%B") == "automatic\nReviewed: yes"
    hook(tree, "commit-msg", "echo no such style >&2; exit 1")
    write(tree, a="3")
    with pytest.raises(NeedsUserError, match="commit-msg hook refuses the commit: no such style"):
        await commit(await opened(tree, commit_hooks=True))


async def test_a_hook_that_hangs_is_ended(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks_module, "TIMEOUT", 0.3)
    hook(tree, "pre-commit", "sleep 600")
    write(tree, a="2")
    with pytest.raises(NeedsUserError, match="did not end"):
        await commit(await opened(tree, commit_hooks=True))
    assert status(tree) == " M a"


async def test_hooks_are_found_where_git_finds_them(tree: Path, tmp_path: Path) -> None:
    hook(tree, "pre-commit", "exit 1")
    (tmp_path / "hooks").mkdir()
    git(tree, "config", "core.hooksPath", str(tmp_path / "hooks"))
    write(tree, a="2")
    await must_commit(await opened(tree, commit_hooks=True))
