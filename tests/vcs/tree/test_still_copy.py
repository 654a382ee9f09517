"""A copy of a file that others write has what the file really was at one moment."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from autosyncd.vcs.tree import still_copy
from autosyncd.vcs.tree.still_copy import take_copies
from autosyncd.vcs.tree.syscalls import Lease

LIMIT = 60.0
NAME = b"sub/file"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tree" / "sub" / "file"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"first\n")
    return path


def copied(file: Path) -> bytes | None:
    """What one attempt of either way gets."""
    root = file.parents[1]
    copies = take_copies(root, root.parent / "own" / "copies", [NAME])
    return copies[NAME].read_bytes() if copies else None


def between_reads(
    monkeypatch: pytest.MonkeyPatch, *acts: Callable[[], object], again: bool = False
) -> None:
    """Have something done after each read of a piece, in this order."""
    read, left = still_copy._read, list(acts)

    def _read(descriptor: int, offset: int) -> bytes:
        piece = read(descriptor, offset)
        if left:
            act = left.pop(0)
            act()
            left.extend([act] if again else [])
        return piece

    monkeypatch.setattr(still_copy, "_read", _read)


@contextmanager
def open_for_writing(file: Path) -> Iterator[int]:
    descriptor = os.open(file, os.O_WRONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def nothing() -> None:
    """No write."""


def test_a_file_at_rest_is_copied_with_its_executable_bit(file: Path) -> None:
    file.chmod(0o755)
    root = file.parents[1]
    copies = take_copies(root, root.parent / "own", [NAME])
    assert copies[NAME].read_bytes() == b"first\n"
    assert copies[NAME].stat().st_mode & 0o777 == 0o700


def test_of_a_growing_file_the_beginning_that_it_had_is_copied(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_for_writing(file) as log:
        grow = lambda: os.pwrite(log, b"more\n", file.stat().st_size)  # noqa: E731 - an act
        between_reads(monkeypatch, grow, nothing, nothing, grow)
        assert copied(file) == b"first\nmore\n"
    assert file.read_bytes() == b"first\nmore\nmore\n"


def test_a_piece_that_is_overwritten_meanwhile_is_never_taken(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = iter(range(10**9))
    with open_for_writing(file) as status:
        act = lambda: os.pwrite(status, b"%05d" % next(numbers), 0)  # noqa: E731 - an act
        between_reads(monkeypatch, act, again=True)
        assert copied(file) is None


def test_one_that_is_changed_and_changed_back_is_never_taken(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_for_writing(file) as status:

        def there_and_back() -> None:
            os.pwrite(status, b"other", 0)
            os.pwrite(status, b"first", 0)
            os.utime(file, ns=(next(times), 0))

        times = iter(range(1, 10**9))
        between_reads(monkeypatch, there_and_back, again=True)
        assert copied(file) is None


def test_a_file_that_gets_shorter_meanwhile_is_read_again(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_for_writing(file) as log:
        between_reads(monkeypatch, lambda: os.ftruncate(log, 3))
        assert copied(file) == b"fir"


def test_without_leases_it_is_compared(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(still_copy, "take_lease", lambda _descriptor: Lease.UNAVAILABLE)
    between_reads(monkeypatch, lambda: file.write_bytes(b"second\n"))
    assert copied(file) == b"second\n"


def test_by_a_lease_only_whole_versions_of_a_file_that_is_emptied_and_written_are_taken(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the two take turns: it is a whole version, or none, and some time it is one."""
    monkeypatch.setattr(still_copy, "_by_comparing", lambda *_asked: False)
    versions = {b"%d\n" % number * 20_000 for number in range(10)}
    stop = threading.Event()

    def write() -> None:
        while not stop.wait(0.001):
            for version in versions:
                file.write_bytes(version)

    file.write_bytes(next(iter(versions)))
    writer = threading.Thread(target=write)
    writer.start()
    found: list[bytes] = []
    try:
        end = time.monotonic() + LIMIT
        while len(found) < 10:
            assert time.monotonic() < end
            found += [version] if (version := copied(file)) is not None else []
    finally:
        stop.set()
        writer.join()
    assert set(found) <= versions


def test_what_is_no_file_or_beyond_a_link_is_left_out(tmp_path: Path) -> None:
    root, away = tmp_path / "tree", tmp_path / "away"
    root.mkdir()
    away.mkdir()
    (away / "file").write_text("elsewhere\n")
    (root / "link").symlink_to(away / "file")
    (root / "folder").symlink_to(away)
    os.mkfifo(root / "pipe")
    names = [b"link", b"folder/file", b"pipe", b"missing", b"folder"]
    assert take_copies(root, tmp_path / "copies", names) == {}
    assert list((tmp_path / "copies").iterdir()) == []


def test_a_folder_of_copies_begins_empty(file: Path) -> None:
    copied(file)
    root = file.parents[1]
    assert take_copies(root, root.parent / "own" / "copies", []) == {}
    assert list((root.parent / "own" / "copies").iterdir()) == []
