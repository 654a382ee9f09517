"""Which peers may be fetched from."""

import pytest

from autosyncd.core.peers import allowed

OPEN = ("authenticated",)


@pytest.mark.parametrize(
    "url",
    [
        "ssh://me@laptop:22/~/docs",
        "me@laptop:docs",
        "laptop:/home/me/docs",
        "git://10.0.0.7/docs",
        "https://laptop/docs",
        "http://[fe80::1]/docs",
    ],
)
def test_an_authenticated_machine_may_offer_what_leads_to_a_machine(url: str) -> None:
    assert allowed(OPEN, url, authenticated=True)
    assert not allowed(OPEN, url, authenticated=False)
    assert not allowed((), url, authenticated=True)


@pytest.mark.parametrize(
    "url",
    ["/home/me/docs", "../docs", "file:///srv/docs", "foo://x/y", "ssh://-oProxyCommand=x/y", "x"],
)
def test_paths_and_unknown_ways_have_to_be_named(url: str) -> None:
    assert not allowed(OPEN, url, authenticated=True)
    assert allowed((url,), url, authenticated=False)


@pytest.mark.parametrize(
    "url",
    ["ext::sh -c true", "fd::7", "-uwhatever", "", "a" * 2000, "ssh://laptop/a\nb", "git://x/\0"],
)
def test_what_could_run_a_command_is_never_allowed(url: str) -> None:
    assert not allowed(("*", "authenticated", url), url, authenticated=True)


def test_a_pattern_says_which() -> None:
    peers = ("ssh://laptop/*", "git://10.0.0.?/docs")
    assert allowed(peers, "ssh://laptop/home/me/docs", authenticated=False)
    assert allowed(peers, "git://10.0.0.7/docs", authenticated=False)
    assert not allowed(peers, "ssh://laptop.evil/docs", authenticated=True)
    assert not allowed(peers, "git://10.0.0.77/docs", authenticated=True)
