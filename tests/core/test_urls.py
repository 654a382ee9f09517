"""Spellings of the same remote."""

import pytest

from autosyncd.core.urls import normal_url, told_url


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
