"""The fanout line protocol, word by word."""

import time
from collections.abc import Iterator

import pytest

from tests.reflector.reflecting import WELCOME, Reflector, reflecting

SPARKLE = b"a" * 40


@pytest.fixture
def reflector() -> Iterator[Reflector]:
    with reflecting() as running:
        yield running


def test_who_connects_is_greeted_and_hears_all(reflector: Reflector) -> None:
    one, two = reflector.stranger(), reflector.stranger()
    assert one.line() == two.line() == WELCOME
    one.send(b"announce all hello everybody")
    assert one.line() == two.line() == b"all!hello everybody"


def test_an_announcement_reaches_all_subscribers_and_the_announcer_if_it_is_one(
    reflector: Reflector,
) -> None:
    one, two, other = reflector.guest(), reflector.guest(), reflector.guest()
    for guest in (one, two):
        guest.send(b"subscribe docs")
        assert guest.synced() == []
    one.send(b"announce docs a message with spaces, and a ! in it")
    assert one.line() == two.line() == b"docs!a message with spaces, and a ! in it"
    assert other.synced() == []


def test_unsubscribed_means_silence(reflector: Reflector) -> None:
    one, two = reflector.guest(), reflector.guest()
    one.send(b"subscribe docs", b"unsubscribe docs", b"unsubscribe all")
    assert one.synced() == []
    two.send(b"announce docs x", b"announce all x")
    assert two.synced() == [b"all!x"]
    assert one.synced() == []


def test_ping_answers_with_the_time_alone(reflector: Reflector) -> None:
    guest = reflector.guest()
    guest.send(b"ping")
    assert abs(int(guest.line()) - time.time()) < 60


def test_info_tells_how_it_is(reflector: Reflector) -> None:
    guest = reflector.guest()
    guest.send(b"info")
    lines = guest.synced()
    assert "clients: 1 of 1024" in [line.decode() for line in lines]
    assert not any(b"!" in line for line in lines)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"unknown",
        b"announce",
        b"announce docs",
        b"announce docs ",
        b"announce  docs x",
        b"announce do!cs x",
        b"announce docs x\0y",
        b"subscribe",
        b"subscribe a b",
        b"subscribe a!b",
        b"PING",
        b"ping ping",
        b"\xff\xfe",
    ],
)
def test_what_is_no_request_is_ignored(reflector: Reflector, line: bytes) -> None:
    guest = reflector.guest()
    guest.send(b"subscribe docs", line)
    assert guest.synced() == []


def test_carriage_returns_never_come_out(reflector: Reflector) -> None:
    guest = reflector.guest()
    guest.send(b"subscribe docs\r", b"announce docs x\r")
    assert guest.synced() == [b"docs!x"]


def test_lines_may_come_in_pieces_and_together(reflector: Reflector) -> None:
    guest = reflector.guest()
    for piece in (b"subsc", b"ribe docs\nannounce do", b"cs 1\nannounce docs 2\n"):
        guest.sock.sendall(piece)
    assert guest.synced() == [b"docs!1", b"docs!2"]


def test_what_was_asked_right_before_the_end_is_answered(reflector: Reflector) -> None:
    listener, guest = reflector.guest(), reflector.guest()
    guest.send(b"announce all bye", b"ping")
    guest.sock.shutdown(1)
    assert guest.line() == b"all!bye"
    assert guest.line().isdigit()
    assert listener.line() == b"all!bye"


def test_a_sparkleshare_client_gets_one_line_at_a_time(reflector: Reflector) -> None:
    """It looks once a second and takes the first line of all that has come."""
    sparkle, other = reflector.guest(), reflector.guest()
    sparkle.send(b"subscribe " + SPARKLE, b"subscribe " + b"b" * 40)
    other.send(b"subscribe " + SPARKLE)
    assert sparkle.synced() == other.synced() == []
    announcer = reflector.guest()
    began = time.monotonic()
    announcer.send(*(b"announce %b %d" % (SPARKLE, n) for n in range(3)))
    announcer.send(b"announce %b x" % (b"b" * 40))
    assert announcer.synced() == []
    first = sparkle.line()
    assert {first, sparkle.line()} == {SPARKLE + b"!2", b"b" * 40 + b"!x"}, "the newest of each"
    assert time.monotonic() - began > 1.1
    assert other.line() == SPARKLE + b"!2"


def test_who_says_hello_gets_all_at_once(reflector: Reflector) -> None:
    ours = reflector.guest()
    ours.send(
        b"hello", b"subscribe " + SPARKLE, *(b"announce %b %d" % (SPARKLE, n) for n in (1, 2, 3))
    )
    assert ours.synced() == [SPARKLE + b"!%d" % n for n in range(1, 4)]
