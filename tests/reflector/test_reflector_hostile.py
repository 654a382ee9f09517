"""No client can stall the reflector, exhaust it, or keep others out."""

import threading
import time
from pathlib import Path

from autosyncd.reflector.limits import Limits
from tests.reflector.reflecting import Guest, Reflector, reflecting, until


def _memory() -> int:
    """This process's memory in kB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


def test_a_client_that_never_reads_harms_nobody_and_is_dropped() -> None:
    limits = Limits()
    limits.stall = 0.5
    limits.burst = limits.allowance = 1e6
    with reflecting(limits) as reflector:
        stuck, good, talker = reflector.guest(), reflector.guest(), reflector.guest()
        for guest in (stuck, good):
            guest.send(b"subscribe docs")
            assert guest.synced() == []
        stuck.sock.setsockopt(1, 8, 4096)  # SO_RCVBUF: what it does not read stays with us soon
        message = b"announce docs " + b"x" * 4000
        for _ in range(600):
            talker.send(message)
            assert good.line().startswith(b"docs!")
        until(lambda: b"clients: 2" in _info(talker), "it has gone")


def _info(guest: Guest) -> bytes:
    guest.send(b"info")
    return b"\n".join(guest.synced())


def test_a_flood_waits_for_its_turn_and_others_do_not() -> None:
    with reflecting() as reflector:
        flooder, one, two = reflector.guest(), reflector.guest(), reflector.guest()
        for guest in (one, two):
            guest.send(b"unsubscribe all", b"subscribe docs")
            assert guest.synced() == []
        stop = threading.Event()
        flood = threading.Thread(target=_flood, args=(flooder, stop))
        flood.start()
        try:
            before = _memory()
            for number in range(200):
                one.send(b"announce docs %d" % number)
                assert two.line() == one.line() == b"docs!%d" % number
            assert _memory() - before < 8_000
            said = int(_info(one).partition(b"announcements: ")[2])
        finally:
            stop.set()
            flooder.sock.shutdown(2)
            flood.join()
        assert said < 20_000, "the flood is held back"


def _flood(guest: Guest, stop: threading.Event) -> None:
    lines = b"announce all flood\n" * 500
    try:
        while not stop.is_set():
            guest.sock.sendall(lines)
    except OSError:
        pass


def test_a_flooded_channel_displaces_no_other() -> None:
    limits = Limits()
    limits.gap = 0.2
    with reflecting(limits) as reflector:
        sparkle, talker = reflector.guest(), reflector.guest()
        sparkle.send(b"subscribe " + b"a" * 40, b"subscribe " + b"b" * 40)
        assert sparkle.synced() == []
        talker.send(*[b"announce all x"] * 50, b"announce %b rare" % (b"b" * 40))
        assert b"b" * 40 + b"!rare" in (sparkle.line(), sparkle.line())


def test_a_line_without_end_ends_the_connection() -> None:
    with reflecting() as reflector:
        guest = reflector.guest()
        guest.sock.sendall(b"x" * 20_000)
        until(guest.hung_up, "it hangs up")
        assert reflector.guest().synced() == []


def test_more_channels_than_allowed_are_refused_in_words() -> None:
    limits = Limits()
    limits.client_channels = 5
    with reflecting(limits) as reflector:
        guest = reflector.guest()
        guest.send(*(b"subscribe c%d" % n for n in range(6)))
        assert guest.synced() == [b"debug!too many channels"] * 2
        guest.send(b"announce c0 x", b"announce c5 x", b"subscribe " + b"n" * 300)
        assert guest.synced() == [b"c0!x", b"debug!too many channels"]


def test_who_subscribes_to_the_most_has_to_go_when_all_is_taken() -> None:
    limits = Limits()
    limits.subscriptions = 50
    with reflecting(limits) as reflector:
        greedy, modest = reflector.guest(), reflector.guest()
        greedy.send(*(b"subscribe c%d" % n for n in range(45)))
        assert greedy.synced() == []
        modest.send(*(b"subscribe d%d" % n for n in range(10)))
        assert modest.synced() == []
        until(greedy.hung_up, "the greedy one has gone")


def test_when_it_is_full_newcomers_are_told_and_a_crowd_from_one_place_makes_room() -> None:
    with reflecting(Limits(clients=8)) as reflector:
        crowd = [reflector.guest() for _ in range(8)]
        refused = reflector.stranger()
        assert refused.line() == b"debug!busy"
        assert refused.line() == b""
        elsewhere = reflector.guest("127.0.0.2")
        until(crowd[-1].hung_up, "the youngest of the crowd has gone")
        assert not crowd[0].hung_up()
        elsewhere.send(b"announce all here")
        assert elsewhere.line() == b"all!here"


def test_too_much_that_waits_altogether_ends_who_lets_most_wait() -> None:
    limits = Limits()
    limits.total_queue = 50_000
    limits.client_queue = 40_000
    limits.burst = limits.allowance = 1e6
    with reflecting(limits) as reflector:
        stuck = [reflector.guest() for _ in range(20)]
        for guest in stuck:
            guest.sock.setsockopt(1, 8, 4096)  # SO_RCVBUF
        talker = reflector.guest()
        talker.send(b"unsubscribe all")
        message = b"announce all " + b"x" * 4000
        deadline = time.monotonic() + 60
        while b"clients: 21 " in _info(talker):
            assert time.monotonic() < deadline
            talker.send(message)
        assert talker.synced() == []


def test_garbage_from_many_changes_nothing() -> None:
    with reflecting() as reflector:
        good = reflector.guest()
        for number in range(30):
            guest = reflector.guest()
            guest.sock.sendall(bytes((number * 7 + i) % 256 for i in range(2000)) + b"\n" * 500)
            if number % 2:
                guest.sock.setsockopt(1, 13, b"\1\0\0\0\0\0\0\0")  # SO_LINGER: reset at the close
                guest.close()
        assert [line for line in good.synced() if not line.startswith(b"all!")] == []


def test_stopping_hangs_up_on_everybody() -> None:
    reflector = Reflector()
    guest = reflector.guest()
    reflector.close()
    assert guest.sock.fileno() < 0
