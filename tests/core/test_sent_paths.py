"""Paths in requests, whatever their bytes are."""

import os

import pytest

from autosyncd.api.paths import as_meant, as_sent


@pytest.mark.parametrize("name", [b"/a/b", "/na\u00efve \u2603 %41".encode(), b"/a b\n%zz"])
def test_what_is_utf_8_is_sent_as_it_is(name: bytes) -> None:
    path = os.fsdecode(name)
    assert as_sent(path) == path
    assert as_meant(path) == path


@pytest.mark.parametrize("name", [b"/b\xffd", bytes(range(1, 256)).replace(b"/", b"") + b"\xff"])
def test_all_other_bytes_arrive_as_they_are(name: bytes) -> None:
    path = os.fsdecode(b"/" + name.lstrip(b"/"))
    sent = as_sent(path)
    assert sent.isascii()
    assert sent.startswith("file:///")
    assert os.fsencode(as_meant(sent)) == os.fsencode(path)
