"""Which files a server means by its words."""

from dataclasses import replace

import pytest

from autosyncd.vcs.git.oversize import Blob, refused_blobs

MB = 1 << 20
SMALL = Blob("a" * 40, b"notes", 2_000)
MIDDLE = Blob("b" * 40, b"film.mp4", 60 * MB)
BIG = Blob("c" * 40, b"my disk/image.iso", 120 * MB)
ALL = (SMALL, MIDDLE, BIG)

GITHUB = """\
remote: error: Trace: 7f1e4a2b9c
remote: warning: File film.mp4 is 60.00 MB; this is larger than GitHub's recommended maximum file \
size of 50.00 MB
remote: error: See https://gh.io/lfs for more information.
remote: error: File my disk/image.iso is 120.00 MB; this exceeds GitHub's file size limit of \
100.00 MB
remote: error: GH001: Large files detected. You may want to try Git Large File Storage.
"""
GITLAB = """\
remote: GitLab: You are attempting to check in one or more blobs which exceed the 100.0MiB limit:
remote:
remote: - cccccccccccccccccccccccccccccccccccccccc (120 MiB)
remote: To resolve this error, you must either reduce the size of the above blobs, or utilize LFS.
"""
BITBUCKET = """\
remote: Files exceed the size limit: 100 MB
remote: my disk/image.iso
"""
OWN_HOOK = "remote: my disk/image.iso is too large\n"


@pytest.mark.parametrize("said", [GITHUB, GITLAB, BITBUCKET, OWN_HOOK])
def test_the_file_that_is_meant_is_found_and_no_other(said: str) -> None:
    assert refused_blobs(ALL, said) == (BIG,)


def test_a_limit_alone_tells_which() -> None:
    assert refused_blobs(ALL, "remote: no file may be larger than 50 MB") == (MIDDLE, BIG)
    assert refused_blobs(ALL, "maximum file size: 62914559 bytes") == (MIDDLE, BIG)


@pytest.mark.parametrize(
    "said",
    [
        "no file may be larger than 1,024 KB",
        "exceeds the 52,428,800 bytes limit",
        "exceeds the 52,428,800 byte limit",
        "exceeds the limit of 51,200.00 KB",
    ],
)
def test_commas_between_thousands_make_a_limit_no_smaller(said: str) -> None:
    chosen = refused_blobs(ALL, said)
    assert SMALL not in chosen
    assert chosen == (MIDDLE, BIG)


def test_a_comma_can_be_a_decimal_point() -> None:
    assert refused_blobs(ALL, "no file may be larger than 61,5 MB") == (BIG,)


def test_a_limit_in_units_of_1000_is_understood_where_1024_explains_nothing() -> None:
    just_above = Blob("d" * 40, b"d", 100_500_000)
    assert refused_blobs((SMALL, just_above), "exceeds the limit of 100 MB") == (just_above,)


@pytest.mark.parametrize(
    "said",
    [
        "error: RPC failed; HTTP 413 curl 22 The requested URL returned error: 413",
        "remote: fatal: pack exceeds maximum allowed size",
        "remote: notes is too large",
        "remote: error: the commit message is larger than 10 KB",
        "remote: image.iso.old is too large",
    ],
)
def test_where_the_words_do_not_tell_nothing_is_chosen(said: str) -> None:
    assert refused_blobs(ALL, said) == ()


def test_of_a_pack_only_what_is_too_much_for_it_alone_is_meant() -> None:
    said = "remote: fatal: pack exceeds maximum allowed size (100.00 MiB)"
    compressed, noise = replace(BIG, packed=2 * MB), replace(BIG, oid="e" * 40, packed=119 * MB)
    assert refused_blobs((compressed, noise, MIDDLE), said) == (noise,)
