"""What goes over the wire is always JSON in UTF-8."""

import json

from autosyncd.api.codec import decode_incoming, decode_request, encode_error, encode_result
from autosyncd.api.events import Committed
from autosyncd.api.types import Names


def test_params_of_a_request_are_kept() -> None:
    request = decode_request(b'{"jsonrpc":"2.0","id":7,"method":"x","params":{"all":true}}')
    assert json.loads(bytes(request.params)) == {"all": True}


def test_params_of_a_notification_are_kept() -> None:
    incoming = decode_incoming(b'{"jsonrpc":"2.0","method":"event","params":{"a":1}}')
    assert json.loads(bytes(incoming.params)) == {"a": 1}


def test_names_that_are_not_utf8_become_replacement_characters() -> None:
    line = encode_result(1, Names(repositories=("caf\udce9", "ok")))
    assert json.loads(line)["result"] == {"repositories": ["caf\ufffd", "ok"]}


def test_odd_bytes_keep_the_kind_of_an_event() -> None:
    event = Committed(time=1.0, repository="r\udcff", commit="1", subject="s", files=1)
    result = json.loads(encode_result(1, event))["result"]
    assert (result["kind"], result["repository"]) == ("committed", "r\ufffd")


def test_odd_bytes_in_an_error_do_not_prevent_it() -> None:
    line = encode_error(None, -32001, "no \udcff", hint="\udcfe")
    assert json.loads(line)["error"]["data"] == {"hint": "\ufffd"}
