"""`conflicts`, `history` and `restore` as requests."""

import pytest

from tests.control.fake_served import FakeServed
from tests.control.test_control_handlers import ask, code_of


async def test_conflicts_pass_names(served: FakeServed) -> None:
    reply = await ask(served, "conflicts", repositories=["docs"])
    assert reply["result"] == {"conflicts": [], "unknown": []}
    assert served.asked == [("conflicts", ("docs",))]


async def test_history_is_of_a_repository_or_of_a_file(served: FakeServed) -> None:
    assert (await ask(served, "history", repository="docs"))["result"] == {"commits": []}
    await ask(served, "history", file="/home/me/docs/a", limit=3)
    assert served.asked == [
        ("history", "docs", None, 20),
        ("history", None, "/home/me/docs/a", 3),
    ]


@pytest.mark.parametrize(
    "params",
    [{}, {"repository": "docs", "file": "/a"}, {"repository": "docs", "limit": -1}],
)
async def test_history_never_guesses(served: FakeServed, params: dict[str, object]) -> None:
    assert await code_of(served, "history", **params) == -32602
    assert served.asked == []


async def test_restore_takes_a_revision_or_a_moment(served: FakeServed) -> None:
    reply = await ask(served, "restore", file="/home/me/docs/a", at="1a2b3c4")
    assert reply["result"] == {
        "file": "/home/me/docs/a",
        "commit": served.restored.commit,
        "kept": None,
        "files": None,
        "kept_files": [],
    }
    await ask(served, "restore", file="/home/me/docs/a", at=1764000000.5, output="/tmp/b")
    assert served.asked == [
        ("restore", "/home/me/docs/a", "1a2b3c4", None),
        ("restore", "/home/me/docs/a", 1764000000.5, "/tmp/b"),
    ]


@pytest.mark.parametrize("params", [{"file": "/a"}, {"at": "x"}, {"file": "/a", "at": None}])
async def test_restore_needs_a_file_and_a_version(
    served: FakeServed, params: dict[str, object]
) -> None:
    assert await code_of(served, "restore", **params) == -32602
    assert served.asked == []


async def test_a_file_in_no_repository_is_said_to_be(served: FakeServed) -> None:
    assert await code_of(served, "restore", file="/nowhere", at="HEAD") == -32001
    assert await code_of(served, "history", file="/nowhere") == -32001
