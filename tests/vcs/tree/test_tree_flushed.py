"""File systems that can't flush a folder, or a folder that nobody may list, stop nothing."""

import errno
import os
import stat
from pathlib import Path

import pytest

from autosyncd.vcs.tree import durable
from autosyncd.vcs.tree.durable import flush_files, flush_folders


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_file_system_that_knows_no_flushing_of_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fsync(descriptor: int) -> None:
        assert stat.S_ISDIR(os.fstat(descriptor).st_mode)
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fsync)
    (tmp_path / "a").write_text("x")
    flush_files(tmp_path, [b"a", b"gone"])
    flush_folders([tmp_path])


def test_a_folder_that_can_not_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_asked: object) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "open", denied)
    flush_folders([tmp_path])


def test_a_disk_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="Input/output"):
        flush_folders([tmp_path])


def test_a_folder_that_goes_at_this_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "_there", lambda folder: folder)
    flush_folders([tmp_path / "gone" / "too"])
    (tmp_path / "file").write_text("x")
    flush_folders([tmp_path / "file"])
    monkeypatch.undo()
    flush_files(tmp_path, [b"gone/too/%d" % number for number in range(durable.FEW + 1)])


def test_a_pipe_that_came_in_place_of_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    flush_files(tmp_path, [b"pipe"])
