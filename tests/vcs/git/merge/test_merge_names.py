"""The names of conflict copies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autosyncd.vcs.merging.conflict_names import NAME_MAX, copy_name, original_of, parents

OID = "0123456789abcdef0123456789abcdef01234567"
OTHER = "f" * 40

names = st.binary(min_size=1, max_size=NAME_MAX).map(
    lambda name: name.replace(b"\0", b"x").replace(b"/", b".")
)
paths = st.lists(names, min_size=1, max_size=3).map(b"/".join)
oids = st.text("0123456789abcdef", min_size=40, max_size=40)
lookalikes = st.builds(
    lambda stem, tail: stem + b".conflict-01234567" + tail,
    st.sampled_from((b"", b"a", b".a", b"a.b", b"a.conflict-89abcdef")),
    st.sampled_from((b"", b".txt", b".tar.gz", b"-2.txt", b".conflict-89abcdef", b".", b".b.c")),
)


@pytest.mark.parametrize(
    ("path", "copy"),
    [
        ("a.txt", "a.conflict-01234567.txt"),
        ("docs/a.b/note.md", "docs/a.b/note.conflict-01234567.md"),
        ("Makefile", "Makefile.conflict-01234567"),
        (".bashrc", ".bashrc.conflict-01234567"),
        (".config.json", ".config.conflict-01234567.json"),
        ("..odd", "..odd.conflict-01234567"),
        ("archive.tar.gz", "archive.conflict-01234567.tar.gz"),
        ("archive.tar", "archive.conflict-01234567.tar"),
        (".tar.gz", ".tar.conflict-01234567.gz"),
        ("v1.2.tar.xz", "v1.2.conflict-01234567.tar.xz"),
        ("end.", "end.conflict-01234567."),
        ("a.conflict-89abcdef.txt", "a.conflict-01234567.txt"),
        ("a.conflict-89abcdef89abcdef.tar.gz", "a.conflict-01234567.tar.gz"),
        (f"a.conflict-{OTHER}-2", "a.conflict-01234567"),
        (".conflict-89abcdef", ".conflict-89abcdef.conflict-01234567"),
        ("a.conflict-nothex.txt", "a.conflict-nothex.conflict-01234567.txt"),
    ],
)
def test_a_copy_keeps_folder_stem_and_extension(path: str, copy: str) -> None:
    assert copy_name(path.encode(), OID) == copy.encode()


def test_a_taken_name_gets_more_digits_and_then_a_count() -> None:
    tried = [copy_name(b"a.md", OID, attempt) for attempt in range(5)]
    assert tried == [
        b"a.conflict-01234567.md",
        b"a.conflict-0123456789abcdef.md",
        f"a.conflict-{OID}.md".encode(),
        f"a.conflict-{OID}-1.md".encode(),
        f"a.conflict-{OID}-2.md".encode(),
    ]


def test_a_long_name_is_cut_between_characters() -> None:
    for start in ("", "x"):
        name = copy_name((start + "ä" * 126 + ".md").encode(), OID)
        assert NAME_MAX - 1 <= len(name) <= NAME_MAX
        assert name.decode().endswith("ä.conflict-01234567.md")


def test_an_extension_too_long_to_be_one_is_part_of_the_stem() -> None:
    name = copy_name(b"a." + b"x" * 253, OID)
    assert name.startswith(b"a.xxx")
    assert name.endswith(b"x.conflict-01234567")
    assert len(name) == NAME_MAX


@given(paths, oids, st.integers(0, 9))
def test_a_copy_is_beside_its_original_and_its_name_fits(
    path: bytes, oid: str, attempt: int
) -> None:
    folder, _, name = copy_name(path, oid, attempt).rpartition(b"/")
    assert folder == path.rpartition(b"/")[0]
    assert 0 < len(name) <= NAME_MAX
    assert oid[:8].encode() in name


@given(paths | lookalikes, oids, oids)
def test_a_copy_of_a_copy_is_named_as_a_copy_of_the_original(
    path: bytes, first: str, second: str
) -> None:
    once = copy_name(path, first)
    assert copy_name(once, second) == copy_name(path, second)
    assert copy_name(once, first) == once


@given(paths | lookalikes, oids, st.integers(0, 4))
def test_a_copy_is_recognised_as_one_of_its_original(path: bytes, oid: str, attempt: int) -> None:
    original = original_of(copy_name(path, oid, attempt))
    assert original is not None
    if len(path.rpartition(b"/")[2]) < 180:
        assert original == (original_of(path) or path)


@given(paths, oids, oids)
def test_different_contents_have_different_names(path: bytes, one: str, two: str) -> None:
    assert (copy_name(path, one, 2) == copy_name(path, two, 2)) == (one == two)


def test_a_path_without_the_mark_is_no_copy() -> None:
    assert original_of(b"docs/a.conflict-01234567/b.txt") is None
    assert original_of(b"a.conflict-0123456.txt") is None
    assert original_of(b".conflict-01234567") is None


def test_the_parents_of_a_path_are_all_folders_above_it() -> None:
    assert list(parents(b"a/b/c")) == [b"a/b", b"a"]
    assert list(parents(b"a")) == []
