"""Where Fossil is unlike other tools: it forks, it forgets, and it ends with 0 when it failed."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from autosyncd.core.plan import Relation
from autosyncd.errors import AutosyncError, OfflineError, RemoteNeedsUserError
from autosyncd.vcs.base import ChangeKind
from tests.vcs.contract.conftest import FIRST, Pair
from tests.vcs.contract.copies import close_opened, open_copy
from tests.vcs.contract.table_subjects import ENVIRONMENT, FossilSubject, do, instead

FOSSIL = FossilSubject()

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(
        shutil.which("fossil") is None and os.environ.get("CI") != "true", reason="no fossil here"
    ),
]


@pytest.fixture
async def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pair]:
    """Two check-outs of two clones; their `fossil` is a script that a test may put in its place."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(programs))
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "server").mkdir()
    address = FOSSIL.share(tmp_path / "server", FIRST)
    for name in ("mine", "theirs"):
        FOSSIL.check_out(address, tmp_path / name)
    copies = [await open_copy(FOSSIL, tmp_path / name) for name in ("mine", "theirs")]
    yield Pair(address, *copies)
    await close_opened()


def normal(folder: Path) -> None:
    (folder / "programs" / "fossil").unlink()


async def test_two_pushes_at_one_moment_fork_and_the_fork_is_merged(pair: Pair) -> None:
    """Both have looked before either pushed, so that the server takes both."""
    pair.mine.write({b"a.txt": b"mine\n", b"mine": b"m\n"})
    pair.theirs.write({b"a.txt": b"theirs\n", b"theirs": b"t\n"})
    for copy in (pair.mine, pair.theirs):
        await copy.repository.fetch()
        await copy.commit()
    for copy in (pair.mine, pair.theirs):
        do(copy.root, "fossil", "push")
    await pair.agree()
    files = pair.mine.files()
    assert {files[p] for p in files if p.startswith(b"a.")} == {b"mine\n", b"theirs\n"}
    assert (files[b"mine"], files[b"theirs"]) == (b"m\n", b"t\n")


async def test_a_push_that_the_server_refuses_is_no_success(pair: Pair, tmp_path: Path) -> None:
    """Fossil ends with 0 then, and takes what it wanted to send for sent."""
    await pair.mine.sync()
    instead(
        tmp_path / "programs",
        "fossil",
        'case "$1" in push)\n'
        '"$REAL" sql -batch -init /dev/null "DELETE FROM unsent"\n'
        'echo "Error: not authorized to write"; exit 0;; esac\n'
        'exec "$REAL" "$@"',
    )
    pair.mine.write({b"new": b"n\n"})
    commit = await pair.mine.commit()
    assert commit
    with pytest.raises(RemoteNeedsUserError):
        await pair.mine.repository.push(commit.info.id)
    normal(tmp_path)
    again = await open_copy(FOSSIL, pair.mine.root)
    await again.repository.fetch()
    standing = await again.repository.inspect()
    assert (standing.relation, standing.ahead) == (Relation.AHEAD, 1)
    await pair.agree()
    assert pair.theirs.files()[b"new"] == b"n\n"


async def test_a_server_that_does_not_answer_is_offline(pair: Pair, tmp_path: Path) -> None:
    """Fossil ends with 0 then, too."""
    instead(
        tmp_path / "programs",
        "fossil",
        'case "$1" in pull) echo "cannot connect to host localhost:1" >&2\n'
        'echo "Pull done, wire bytes sent: 0  received: 0  remote: "; exit 0;; esac\n'
        'exec "$REAL" "$@"',
    )
    with pytest.raises(OfflineError):
        await pair.mine.repository.fetch()


async def test_names_that_fossil_refuses_are_held_and_stop_no_other(pair: Pair) -> None:
    refused = {b"back\\slash", b"latin-\xe9", "\N{PARTY POPPER}".encode()}
    pair.mine.write({**dict.fromkeys(refused, b"r\n"), b"fine": b"f\n"})
    pair.mine.path(b"link").symlink_to("/etc/hostname")
    pair.mine.path(b"elsewhere").symlink_to(pair.theirs.root)
    await pair.mine.sync()
    await pair.theirs.sync()
    assert pair.theirs.files() == {**FIRST, b"fine": b"f\n"}
    look = await pair.mine.settled()
    assert not look.changes
    held = {left.path: left.why for left in look.left_out}
    assert refused <= held.keys()
    assert all("does not take" in why or "UTF-8" in why or "link" in why for why in held.values())


async def test_a_change_of_the_same_size_within_a_second_is_seen(pair: Pair) -> None:
    pair.mine.edit_unseen(b"a.txt")
    look = await pair.mine.settled()
    assert [(c.path, c.kind) for c in look.changes] == [(b"a.txt", ChangeKind.MODIFIED)]


async def test_a_merge_that_the_user_has_begun_is_left_alone(pair: Pair) -> None:
    do(pair.mine.root, "fossil", "branch", "new", "side", "trunk", "--nosign")
    do(pair.mine.root, "fossil", "update", "--nosync", "side")
    pair.mine.write({b"a.txt": b"on the side\n"})
    do(pair.mine.root, "fossil", "commit", "--nosync", "-m", "side")
    do(pair.mine.root, "fossil", "update", "--nosync", "trunk")
    pair.mine.write({b"a.txt": b"on the trunk\n"})
    await pair.mine.commit()
    do(pair.mine.root, "fossil", "merge", "side")
    standing = await pair.mine.repository.inspect()
    assert standing.obstacle is not None
    assert "CONFLICT   a.txt" in standing.obstacle
    assert "MERGED_WITH" in standing.obstacle
    assert standing.cure == "finish or undo it with fossil"
    do(pair.mine.root, "fossil", "undo")
    assert (await pair.mine.repository.inspect()).obstacle is None


async def test_a_commit_by_hand_between_fetch_and_move_stays_in_the_tree(pair: Pair) -> None:
    pair.theirs.write({b"theirs": b"t\n"})
    await pair.theirs.sync()
    await pair.mine.repository.fetch()
    merge = await pair.mine.repository.merge()
    pair.mine.write({b"by hand": b"h\n"})
    do(pair.mine.root, "fossil", "add", "by hand")
    do(pair.mine.root, "fossil", "commit", "--nosync", "--allow-fork", "-m", "by hand")
    assert merge.target
    with pytest.raises(AutosyncError):
        await pair.mine.repository.move(merge.target)
    assert pair.mine.files()[b"by hand"] == b"h\n"
    await pair.agree()
    assert pair.mine.files() == {**FIRST, b"by hand": b"h\n", b"theirs": b"t\n"}


@pytest.mark.parametrize("verb", ["add", "commit", "pull", "push", "open", "update", "close"])
async def test_a_killed_fossil_costs_nothing(pair: Pair, tmp_path: Path, verb: str) -> None:
    """Killed in the middle, of both sides' changes to one file and to others."""
    pair.mine.write({b"a.txt": b"mine\n", b"mine/1": b"m\n"})
    pair.theirs.write({b"a.txt": b"theirs\n", b"theirs": b"t\n"})
    await pair.theirs.sync()
    marker = tmp_path / "killed"
    instead(
        tmp_path / "programs",
        "fossil",
        f'if [ "$1" = {verb} ] && ! [ -e "{marker}" ]; then\n'
        f': >"{marker}"; "$REAL" "$@" & pid=$!\n'
        "sleep 0.00$(($$ % 10)); kill -KILL $pid 2>/dev/null; wait $pid; kill -KILL $$; fi\n"
        'exec "$REAL" "$@"',
    )
    try:
        await pair.mine.sync()
    except AutosyncError:
        assert marker.exists()
    assert marker.exists()
    await pair.agree()
    files = pair.mine.files()
    assert {b"mine\n", b"theirs\n"} <= {files[p] for p in files if p.startswith(b"a.")}
    assert (files[b"mine/1"], files[b"theirs"]) == (b"m\n", b"t\n")
    assert not [path for path in files if b"<<<<<<<" in files[path]]
