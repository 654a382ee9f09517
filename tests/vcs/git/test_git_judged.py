"""A commit holds the version that was judged, and no later one."""

import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from autosyncd.errors import RetryError
from autosyncd.vcs.base import stamp
from tests.vcs.git.git_world import LIMIT, make, opened, saying, settled, tracked


async def test_a_version_that_was_not_judged_is_not_committed(tmp_path: Path) -> None:
    tree = make(tmp_path / "tree", seed="x")
    repository = await opened(tree)
    (tree / "one").write_text("judged")
    (tree / "two").write_text("judged")
    look = await settled(repository)
    judged = {name: stamp((tree / name.decode()).lstat()) for name in (b"one", b"two")}
    (tree / "two").write_text("another")
    await settled(repository)
    commit = None
    end = time.monotonic() + LIMIT
    while commit is None:
        assert time.monotonic() < end
        with suppress(RetryError):
            commit = await repository.commit(replace(look, judged=judged), saying("automatic"))
    assert commit.unstable == (b"two",)
    assert tracked(tree) == {b"seed", b"one"}
