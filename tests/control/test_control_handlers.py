"""Lines in, lines out: what each request asks of the daemon, and how it is refused."""

import asyncio
import json
import logging
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autosyncd.api.events import KINDS, Committed, DaemonEvent, StateChanged
from autosyncd.control.handlers import METHODS, Wanted, answer
from autosyncd.errors import (
    AutosyncError,
    ConfigError,
    NoSuchRepositoryError,
    PausedError,
    RepositoryFailedError,
)
from tests.control.fake_served import FakeServed

HUNDRED_YEARS = 36_500 * 86_400


async def ask(served: FakeServed, method: str, **params: object) -> dict[str, Any]:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return await ask_line(served, json.dumps(body).encode())


async def ask_line(served: FakeServed, line: bytes) -> dict[str, Any]:
    done = await answer(served, line)
    assert done.line is not None
    assert done.line.endswith(b"\n")
    assert done.line.count(b"\n") == 1
    reply: dict[str, Any] = json.loads(done.line)
    assert reply["jsonrpc"] == "2.0"
    return reply


async def code_of(served: FakeServed, method: str, **params: object) -> int:
    reply = await ask(served, method, **params)
    return int(reply["error"]["code"])


async def test_status_has_the_fields_of_the_contract(served: FakeServed) -> None:
    result = (await ask(served, "status"))["result"]
    assert set(result["daemon"]) == {"version", "pid", "uptime", "config", "channels", "notify"}
    fields = (
        "name path vcs state since step progress reason branch remote pending ahead behind"
        " conflicts held watches in_step last_commit last_push last_pull last_error"
        " paused_until next notify"
    )
    assert set(result["repositories"][0]) == set(fields.split())


async def test_status_of_some_asks_for_those(served: FakeServed) -> None:
    result = (await ask(served, "status", repositories=["notes"]))["result"]
    assert [one["name"] for one in result["repositories"]] == ["notes"]


async def test_params_may_be_null(served: FakeServed) -> None:
    reply = await ask_line(served, b'{"jsonrpc":"2.0","id":1,"method":"status","params":null}')
    assert len(reply["result"]["repositories"]) == 2


async def test_pause_passes_names_and_seconds(served: FakeServed) -> None:
    reply = await ask(served, "pause", repositories=["docs"], **{"for": 60})
    assert reply["result"] == {"repositories": ["docs"]}
    assert served.asked == [("pause", ("docs",), 60.0)]


async def test_pause_of_all_passes_none(served: FakeServed) -> None:
    await ask(served, "pause", all=True)
    assert served.asked == [("pause", None, None)]


@pytest.mark.parametrize("method", ["pause", "resume"])
@pytest.mark.parametrize(
    "params",
    [{}, {"repositories": []}, {"all": False}, {"repositories": ["docs"], "all": True}],
)
async def test_pause_and_resume_never_guess_what_they_concern(
    served: FakeServed, method: str, params: dict[str, object]
) -> None:
    assert await code_of(served, method, **params) == -32602
    assert served.asked == []


@pytest.mark.parametrize("seconds", [0, -1, 1e300, True, "5"])
async def test_a_pause_needs_a_time_that_makes_sense(served: FakeServed, seconds: object) -> None:
    reply = await ask(served, "pause", all=True, **{"for": seconds})
    assert reply["error"]["code"] == -32602
    assert "for" in reply["error"]["message"]
    assert served.asked == []


async def test_the_longest_pause_is_a_hundred_years(served: FakeServed) -> None:
    await ask(served, "pause", all=True, **{"for": HUNDRED_YEARS})
    assert served.asked == [("pause", None, float(HUNDRED_YEARS))]


async def test_sync_waits_unless_told_not_to(served: FakeServed) -> None:
    reply = await ask(served, "sync", repositories=["docs"])
    done = {"name": "docs", "ok": True, "error": None, "apart": None}
    assert reply["result"] == {"repositories": [done]}
    await ask(served, "sync", wait=False)
    assert served.asked == [("sync", ("docs",), True), ("sync", None, False)]


async def test_events_pass_their_bounds_and_come_with_their_kind(served: FakeServed) -> None:
    served.happened = (Committed(time=5, repository="docs", commit="1", subject="s", files=1),)
    result = (await ask(served, "events", since=1.5, limit=3))["result"]
    assert [event["kind"] for event in result["events"]] == ["committed"]
    assert served.asked == [("events", None, 1.5, 3)]


async def test_a_negative_number_of_events_is_refused(served: FakeServed) -> None:
    assert await code_of(served, "events", limit=-1) == -32602


async def test_a_description_reaches_the_daemon(served: FakeServed) -> None:
    await ask(served, "describing", repository="docs")
    reply = await ask(served, "describe", repository="docs", commit="1a2b", message="why")
    assert reply["result"] == {"commit": "d" * 40}
    assert served.asked == [("describing", "docs"), ("describe", "docs", "1a2b", "why")]
    assert await code_of(served, "describe", repository="docs", commit="1a2b") == -32602


@pytest.mark.parametrize("method", ["reload", "doctor", "version", "stop"])
async def test_simple_methods_reach_the_daemon(served: FakeServed, method: str) -> None:
    assert "result" in await ask(served, method)
    assert served.asked[0][0] == method


async def test_subscribe_says_true_and_what_is_wanted(served: FakeServed) -> None:
    line = (
        b'{"jsonrpc":"2.0","id":1,"method":"subscribe",'
        b'"params":{"repositories":["docs"],"kinds":["pushed"]}}'
    )
    done = await answer(served, line)
    assert done.line
    assert json.loads(done.line)["result"] is True
    assert done.wanted == Wanted(frozenset({"docs"}), frozenset({"pushed"}))


async def test_an_unknown_kind_is_refused_with_the_known_ones(served: FakeServed) -> None:
    error = (await ask(served, "subscribe", kinds=["pushed", "pulled"]))["error"]
    assert error["code"] == -32602
    assert "pulled" in error["message"]
    assert all(kind in error["data"]["hint"] for kind in KINDS)


def test_a_filter_takes_its_names_and_kinds_alone() -> None:
    wanted = Wanted(frozenset({"docs"}), frozenset({"state"}))
    assert wanted.includes(StateChanged(time=1, repository="docs", state="idle"))
    assert not wanted.includes(StateChanged(time=1, repository="notes", state="idle"))
    assert not wanted.includes(DaemonEvent(time=1, what="started"))
    assert not wanted.includes(
        Committed(time=1, repository="docs", commit="1", subject="s", files=1)
    )


def test_a_subscriber_is_told_what_it_lost_whatever_it_wanted() -> None:
    lost = DaemonEvent(time=1, what="lost", detail="3 events")
    assert Wanted(frozenset({"docs"}), frozenset({"state"})).includes(lost)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NoSuchRepositoryError("no x", hint="look"), -32001),
        (PausedError("paused x", hint="look"), -32002),
        (RepositoryFailedError("failed x", hint="look"), -32003),
        (AutosyncError("other x", hint="look"), -32003),
    ],
)
async def test_errors_of_the_daemon_have_their_codes_and_hints(
    served: FakeServed, error: AutosyncError, code: int
) -> None:
    served.trouble["status"] = error
    assert (await ask(served, "status"))["error"] == {
        "code": code,
        "message": f"cannot show the status: {error.message}",
        "data": {"hint": "look"},
    }


async def test_mistakes_in_the_configuration_all_come_back(served: FakeServed) -> None:
    served.trouble["reload"] = ConfigError(("f:1: a: wrong", "f:2: b: wrong"))
    error = (await ask(served, "reload"))["error"]
    assert error == {"code": -32003, "message": "f:1: a: wrong\nf:2: b: wrong"}


async def test_a_bug_is_logged_with_its_traceback_and_answered(
    served: FakeServed, caplog: pytest.LogCaptureFixture
) -> None:
    served.trouble["doctor"] = ZeroDivisionError("oops")
    with caplog.at_level(logging.ERROR):
        assert await code_of(served, "doctor") == -32603
    assert "ZeroDivisionError: oops" in caplog.text
    assert "result" in await ask(served, "version")


async def test_a_request_whose_work_was_given_up_is_answered(served: FakeServed) -> None:
    served.trouble["doctor"] = asyncio.CancelledError()
    assert await code_of(served, "doctor") == -32003


async def test_a_cancelled_request_ends_without_an_answer(served: FakeServed) -> None:
    served.may_sync.clear()
    line = b'{"jsonrpc":"2.0","id":1,"method":"sync"}'
    task = asyncio.get_running_loop().create_task(answer(served, line))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"", -32700),
        (b"hello", -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"status"', -32700),
        (b'\xff\xfe{"a":1}', -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"\xff"}', -32700),
        (b"[" * 200_000, -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"x","params":' + b"[" * 100_000, -32700),
        (b"[]", -32600),
        (b"null", -32600),
        (b'{"id":1,"method":"status"}', -32600),
        (b'{"jsonrpc":"1.0","id":1,"method":"status"}', -32600),
        (b'{"jsonrpc":"2.0","id":1}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":5}', -32600),
        (b'{"jsonrpc":"2.0","id":{},"method":"status"}', -32600),
        (b'{"jsonrpc":"2.0","id":true,"method":"status"}', -32600),
        (b'{"jsonrpc":"2.0","id":1e999,"method":"status"}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"nonsense"}', -32601),
        (b'{"jsonrpc":"2.0","id":1,"method":"status","params":[]}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"status","params":5}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"status","params":{"x":1}}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"status","params":{"repositories":"a"}}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"status","params":{"repositories":[1]}}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"stop","params":{"x":1}}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"status","params":{"repositories":["\xff"]}}', -32602),
    ],
)
async def test_bad_lines_get_their_code(served: FakeServed, line: bytes, code: int) -> None:
    reply = await ask_line(served, line)
    assert reply["error"]["code"] == code
    assert served.asked == []


async def test_an_unknown_method_is_refused_with_the_known_ones(served: FakeServed) -> None:
    error = (await ask(served, "statsu"))["error"]
    assert "statsu" in error["message"]
    assert all(method in error["data"]["hint"] for method in METHODS)


@pytest.mark.parametrize("id_", ["a", 1, 1.5, None, 10**30])
async def test_the_reply_has_the_id_of_the_request(served: FakeServed, id_: object) -> None:
    body = {"jsonrpc": "2.0", "id": id_, "method": "version"}
    reply = await ask_line(served, json.dumps(body).encode())
    assert reply["id"] == id_
    assert reply["result"]["version"]


async def test_a_notification_is_done_and_gets_no_reply(served: FakeServed) -> None:
    line = b'{"jsonrpc":"2.0","method":"pause","params":{"all":true}}'
    assert (await answer(served, line)).line is None
    assert served.asked == [("pause", None, None)]
    assert (await answer(served, b'{"jsonrpc":"2.0","method":"nonsense"}')).line is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
requests = st.fixed_dictionaries(
    {},
    optional={
        "jsonrpc": st.just("2.0") | json_values,
        "id": json_values,
        "method": st.sampled_from(sorted(METHODS)) | json_values,
        "params": json_values
        | st.dictionaries(
            st.sampled_from(["repositories", "all", "for", "since", "limit", "kinds", "wait"]),
            json_values,
            max_size=3,
        ),
    },
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(line=st.binary(max_size=80) | requests.map(lambda body: json.dumps(body).encode()))
def test_no_line_whatever_escapes_without_an_answer(served: FakeServed, line: bytes) -> None:
    done = asyncio.run(answer(served, line))
    if done.line is not None:
        reply = json.loads(done.line)
        assert ("result" in reply) != ("error" in reply)
        assert reply.get("error", {}).get("code") != -32603
