"""Which repositories an announcement means."""

from pathlib import Path

from autosyncd.channels.base import Heard, Served
from autosyncd.daemon.directory import Directory


def served(name: str, url: str, *roots: str) -> Served:
    root = Path("/home/ann") / name
    return Served(repository=name, url=url, root=root, roots=roots, environment={})


def heard(url: str | None = None, *roots: str, repository: str | None = None) -> Heard:
    return Heard(channel="air", sender="x", url=url, roots=roots, repository=repository)


def directory(*all_served: Served) -> Directory:
    made = Directory()
    for one in all_served:
        assert made.put(one.repository, one)
    return made


def test_a_url_is_found_in_any_spelling() -> None:
    one = directory(served("docs", "bob@host:docs.git"), served("notes", "bob@host:notes.git"))
    for url in ("bob@host:docs", "ssh://bob@HOST:22/docs.git/"):
        assert one.find(heard(url)) == ("docs",)


def test_tokens_in_a_url_are_no_part_of_the_place() -> None:
    one = directory(served("docs", "https://ann:token@host/x/docs.git"))
    assert one.find(heard("https://bob@host/x/docs")) == ("docs",)


def test_a_relative_url_is_relative_to_the_repository() -> None:
    one = directory(served("docs", "../remotes/d.git"))
    assert one.find(heard("/home/ann/remotes/d.git")) == ("docs",)


def test_the_history_tells_where_urls_differ_and_urls_where_histories_are_unknown() -> None:
    one = directory(
        served("docs", "nas:d", "root1", "root2"),
        served("notes", "nas:n", "root3"),
        served("x", "y"),
    )
    assert one.find(heard("https://elsewhere/q", "root2", "root9")) == ("docs",)
    assert one.find(heard("nas:n", "root9")) == ("notes",)
    assert one.find(heard("https://elsewhere/q", "root9")) == ()


def test_without_a_history_the_last_part_of_the_path_will_do() -> None:
    one = directory(served("docs", "nas:docs.git", "root1"), served("notes", "nas:n"))
    assert one.find(heard("ssh://ann@nas.example.org/srv/docs.git")) == ("docs",)
    assert one.find(heard("ssh://ann@nas.example.org/srv/docs.git", "root9")) == ()


def test_of_two_copies_of_one_history_the_url_tells_which_is_meant() -> None:
    one = directory(served("original", "nas:a", "root"), served("fork", "nas:b", "root"))
    assert one.find(heard("nas:b", "root")) == ("fork",)
    assert one.find(heard("alias:x", "root")) == ("fork", "original")


def test_where_the_history_here_is_cut_off_the_last_part_of_the_path_will_do() -> None:
    one = directory(served("docs", "nas:docs"))
    assert one.find(heard("alias:docs", "root")) == ("docs",)


def test_a_name_is_taken_at_its_word() -> None:
    one = directory(served("docs", "nas:docs"))
    assert one.find(heard(repository="docs")) == ("docs",)
    assert one.find(heard("nas:docs", repository="other")) == ()


def test_what_changed_or_went_is_not_found_any_more() -> None:
    one = directory(served("docs", "nas:docs"))
    assert not one.put("docs", served("docs", "nas:docs"))
    assert one.put("docs", served("docs", "nas:moved"))
    assert one.find(heard("nas:docs")) == ()
    assert one.find(heard("nas:moved")) == ("docs",)
    assert one.put("docs", None)
    assert one.find(heard("nas:moved")) == ()
    assert one.all() == ()


def test_nonsense_finds_nothing() -> None:
    one = directory(served("docs", "nas:docs"))
    for url in ("", "://", "http://", "\0", "a" * 100_000, "[::1", "/", "//"):
        assert one.find(heard(url)) == ()
    assert one.find(heard()) == ()
