"""Spellings of the same remote."""

import pytest

from autosyncd.core.urls import (
    host_of,
    local_path,
    normal_url,
    ssh_place,
    told_url,
    without_passwords,
)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("/srv/docs.git", "file:///srv/docs.git/"),
        ("/srv/docs.git", "/srv/x/../docs"),
        ("../remote.git", "/home/ann/remote.git"),
        ("ann@host:docs.git", "ssh://ann@HOST:22/docs"),
        ("https://host/docs.git", "https://HOST:443/docs/"),
    ],
)
def test_two_spellings_of_one_place_are_equal(one: str, two: str) -> None:
    assert normal_url(one, "/home/ann/docs") == normal_url(two, "/home/ann/docs")


def test_different_places_stay_different() -> None:
    urls = ("/srv/a", "/srv/b", "ann@host:a", "bob@host:a", "https://host/a", "host:b")
    assert len({normal_url(url, "/") for url in urls}) == len(urls)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://ann:secret@host/docs.git", "https://host/docs.git"),
        ("https://ghp_token@host:8443/docs.git", "https://host:8443/docs.git"),
        ("ssh://ann:secret@host:22/docs.git", "ssh://ann@host:22/docs.git"),
        ("ftp://ann:se@cret@host/docs.git", "ftp://ann@host/docs.git"),
        ("ann@host:docs.git", "ann@host:docs.git"),
        ("../remote.git", "/home/ann/remote.git"),
        ("/srv/docs.git", "/srv/docs.git"),
        ("file:///srv/docs.git", "file:///srv/docs.git"),
    ],
)
def test_others_are_told_no_password_and_no_relative_path(url: str, told: str) -> None:
    assert told_url(url, "/home/ann/docs") == told


@pytest.mark.parametrize(
    ("url", "destination", "port", "path", "command"),
    [
        ("me@host:docs.git", "me@host", None, "docs.git", "ssh me@host"),
        ("ssh://me@host:2222/srv/a b", "me@host", "2222", "/srv/a b", "ssh -p 2222 me@host"),
        ("ssh://host/~/docs.git", "host", None, "~/docs.git", "ssh host"),
        ("ssh://me:secret@[::1]:22/x", "me@::1", "22", "/x", "ssh -p 22 me@::1"),
    ],
)
def test_where_an_ssh_url_leads(
    url: str, destination: str, port: str | None, path: str, command: str
) -> None:
    place = ssh_place(url)
    assert place is not None
    assert (place.destination, place.port, place.path) == (destination, port, path)
    assert place.command == command


def test_other_urls_are_no_places_of_ssh() -> None:
    for url in ("/srv/x", "file:///x", "https://host/x", "./a:b", "ssh://", "ssh://:1/x"):
        assert ssh_place(url) is None


def test_a_path_there_is_one_word_for_the_shell_and_a_tilde_keeps_its_meaning() -> None:
    for url, word in (
        ("h:a b", "'a b'"),
        ("h:~/a b", "~'/a b'"),
        ("h:-x", "./-x"),
        ("h:$(x)", "'$(x)'"),
    ):
        place = ssh_place(url)
        assert place is not None
        assert place.quoted_path == word


def test_no_password_is_shown_and_none_makes_two_places_of_one() -> None:
    text = "fatal: 'https://me:p@ss@host/x' and http://ghp_0123456789012345678901@host/y; a:b@c"
    shown = without_passwords(text)
    assert shown == "fatal: 'https://me@host/x' and http://host/y; a:b@c"
    assert normal_url("https://me:secret@host/x", "/") == normal_url("https://me@host/x", "/")


def test_hosts_and_paths_are_told_apart() -> None:
    assert host_of("git@GitHub.com:me/x.git") == "github.com"
    assert host_of("https://me@github.com:443/x") == "github.com"
    assert host_of("/srv/x") is None
    assert (local_path("file:///srv/x"), local_path("/srv/x"), local_path("h:x")) == (
        "/srv/x",
        "/srv/x",
        None,
    )
