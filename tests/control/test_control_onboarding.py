"""Requests to add, clone and remove, as the handlers read them."""

import json

import pytest

from autosyncd.control.handlers import answer
from tests.control.fake_served import FakeServed, a_repository


async def ask(served: FakeServed, method: str, params: object) -> dict[str, object]:
    """The reply to one request."""
    line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    replied = (await answer(served, line.encode())).line
    found: dict[str, object] = json.loads(replied or b"{}")
    return found


async def test_add_passes_what_was_given() -> None:
    served = FakeServed()
    reply = await ask(
        served, "add", {"path": "/d", "remote": "h:x", "set": {"settle": "1s"}, "dry_run": True}
    )
    assert served.asked == [("add", "/d", "h:x", {"settle": "1s"}, True)]
    assert reply["result"] == {
        "name": "docs",
        "path": "/d",
        "remote": None,
        "config": "/c/docs.yaml",
        "done": ["did it"],
        "preview": None,
        "dry_run": True,
        "error": None,
        "apart": None,
    }


async def test_clone_and_remove_pass_what_was_given() -> None:
    served = FakeServed(a_repository("docs"))
    await ask(served, "clone", {"url": "h:x", "path": "/d"})
    reply = await ask(served, "remove", {"repository": "docs"})
    assert served.asked == [("clone", "h:x", "/d", {}), ("remove", "docs")]
    assert reply["result"] == {"name": "docs", "path": "/home/me/docs", "config": "/c/docs.yaml"}


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("add", {}),
        ("add", {"path": 1}),
        ("add", {"path": "/d", "set": {"settle": 1}}),
        ("add", {"path": "/d", "set": ["settle"]}),
        ("add", {"path": "/d", "force": True}),
        ("clone", {"url": "h:x"}),
        ("clone", {"url": "h:x", "path": "/d", "dry_run": True}),
        ("remove", {}),
        ("remove", {"repository": ["docs"]}),
    ],
)
async def test_wrong_params_are_refused(method: str, params: object) -> None:
    served = FakeServed(a_repository("docs"))
    reply = await ask(served, method, params)
    assert isinstance(reply["error"], dict)
    assert reply["error"]["code"] == -32602
    assert served.asked == []
