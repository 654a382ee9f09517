"""A network that comes up is noticed, and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autosyncd.host.netlink import Address, DefaultRoute, Done, Link, facts, request
from autosyncd.host.network import Reachable

ROOT = Path(__file__).parents[2]
PRIVATE = ["unshare", "--user", "--map-root-user", "--net"]

TOLD = {
    "loopback up": False,
    "link without address": False,
    "address": True,
    "second address": True,
    "address again": False,
    "address gone": False,
    "default route": True,
    "narrow route": False,
    "link down": False,
    "link up": True,
    "a container's link": False,
}


def test_networks_that_come_up_are_told_and_nothing_else() -> None:
    if subprocess.run([*PRIVATE, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine allows no network namespaces")
    done = subprocess.run(
        [*PRIVATE, sys.executable, "-m", "tests.host.network_story"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"{name}: {told}" for name, told in TOLD.items()]


def test_what_is_known_already_is_not_news() -> None:
    reachable = Reachable()
    assert not reachable.learn(Link(1, running=True))
    assert reachable.learn(Address(1, b"a", there=True))
    assert not reachable.learn(Address(1, b"a", there=True))
    assert not reachable.learn(Link(1, running=False))
    assert reachable.learn(Link(1, running=True))
    assert not reachable.learn(Address(1, b"a", there=False))
    assert not reachable.learn(Link(1, running=False))
    assert not reachable.learn(Link(1, running=True))
    assert reachable.learn(DefaultRoute((2, b"i", b"g"), there=True))
    assert not reachable.learn(DefaultRoute((2, b"i", b"g"), there=True))
    assert not reachable.learn(DefaultRoute((2, b"i", b"g"), there=False))
    assert reachable.learn(DefaultRoute((2, b"i", b"g"), there=True))
    assert not reachable.learn(Done())


@given(st.binary(max_size=200))
def test_no_bytes_of_any_kind_do_harm(data: bytes) -> None:
    list(facts(data))
    list(facts(request(18) + data))
