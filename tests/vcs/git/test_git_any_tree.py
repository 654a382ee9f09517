"""Whatever happens to a tree, a commit of what is seen is what git itself would have added."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autosyncd.vcs.git import index_memory
from tests.vcs.git.git_world import commit, git, make, opened, settled, status, text

NAMES = st.sampled_from([b"a", b"b", b"A", b"\xff", b"-x", b"*", b"new\nline", b" ", b"q"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(b"/".join)
ACTIONS = st.sampled_from(["write", "empty", "delete", "link", "folder link", "chmod", "move"])
ROUNDS = st.lists(
    st.lists(st.tuples(ACTIONS, PATHS, PATHS), min_size=1, max_size=6), min_size=1, max_size=4
)


def act(root: bytes, action: str, path: bytes, other: bytes) -> None:
    """Do it as a user would, who does not mind if it is impossible."""
    full, target = os.path.join(root, path), os.path.join(root, other)
    try:
        if action == "move":
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.rename(full, target)
            return
        if action == "chmod":
            os.chmod(full, 0o755 if os.stat(full).st_mode & 0o100 == 0 else 0o644)
            return
        remove(full)
        if action == "delete":
            return
        os.makedirs(os.path.dirname(full), exist_ok=True)
        if action == "link":
            os.symlink(b"nowhere/" + other, full)
        elif action == "folder link":
            os.symlink(os.path.dirname(target), full)
        else:
            with open(full, "wb") as file:
                file.write(b"" if action == "empty" else path + other)
    except OSError:
        pass


def remove(full: bytes) -> None:
    if os.path.isdir(full) and not os.path.islink(full):
        shutil.rmtree(full)
    elif os.path.lexists(full):
        os.unlink(full)


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(index_memory, "GIT_QUIET", 0.0)
    return tmp_path_factory.mktemp("any")


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rounds=ROUNDS)
async def test_a_commit_holds_what_git_add_would_have_added(
    place: Path, rounds: list[list[tuple[str, bytes, bytes]]]
) -> None:
    root = make(place / str(len(os.listdir(place))))
    repository = await opened(root)
    for actions in rounds:
        for action in actions:
            act(os.fsencode(root), *action)
        await commit(repository)
        assert status(root) == ""
        spare = {**os.environ, "GIT_INDEX_FILE": str(place / "spare")}
        assert (await settled(repository)).changes == ()
        assert text(root, "write-tree") == tree_of_disk(root, spare)
    git(root, "fsck", "--strict")


def tree_of_disk(root: Path, environment: dict[str, str]) -> str:
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        Path(environment["GIT_INDEX_FILE"]).unlink(missing_ok=True)
        git(root, "add", "-A")
        return text(root, "write-tree")
    finally:
        os.environ.clear()
        os.environ.update(before)
