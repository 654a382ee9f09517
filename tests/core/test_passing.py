"""Names that may be gone in a moment are told from those of real files."""

import pytest

from autosyncd.core.passing import is_passing


@pytest.mark.parametrize(
    "name",
    [
        *(b"4913", b"sedkJmX5i", b"tmpOIouMX", b"XXyF6v9Z"),
        *(b".1.RlHgy5", b"note.txt.AZUojg", b".note.txt.tmp-1", b"note.txt.tmp"),
        *(b"film.mkv.part", b"a.crdownload", b"note.txt.bak"),
    ],
)
def test_names_of_moments(name: bytes) -> None:
    assert is_passing(name, lambda _beside: False)


@pytest.mark.parametrize("name", [b".name.backup", b"note.txt.abcdef", b"x.db-journal"])
def test_names_that_depend_on_what_is_beside_them(name: bytes) -> None:
    assert is_passing(name, {b"name", b"note.txt", b"x.db"}.__contains__)
    assert not is_passing(name, lambda _beside: False)


@pytest.mark.parametrize(
    "name",
    [
        *(b"note.txt", b"sedentary", b"sedative", b"tmpfiles", b"a.sqlite", b".bashrc", b"49130"),
        *(b"report.2024", b"a.b", b"journal", b"-journal", b"parts", b"Makefile", b".config"),
        *(b".gitignore", b"README", b"x.tar.gz", b"XXL"),
    ],
)
def test_names_of_real_files_are_not_waited_for(name: bytes) -> None:
    assert not is_passing(name, lambda beside: beside == b"")
