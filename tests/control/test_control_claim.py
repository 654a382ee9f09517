"""One daemon for each socket, and never a user's file in its place."""

import fcntl
import os
import socket as net
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from autosyncd.api.locate import SOCKET_PATH_LIMIT
from autosyncd.control.server import ControlServer
from autosyncd.errors import AlreadyServedError, UsageError
from tests.control.fake_served import FakeServed

HOLD = """
import sys
from pathlib import Path
from autosyncd.control.claim import claim
claimed = claim(Path(sys.argv[1]))
print("claimed", flush=True)
sys.stdin.read()
"""


def a_server(path: Path) -> ControlServer:
    return ControlServer(path, FakeServed())


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_the_folder_and_the_socket_are_the_users_alone(path: Path) -> None:
    before = os.umask(0)
    try:
        server = a_server(path)
        server.claim()
    finally:
        os.umask(before)
    assert mode_of(path.parent) == 0o700
    assert mode_of(path) == 0o600
    assert mode_of(path.with_name("control.sock.lock")) == 0o600
    server.release()


@pytest.mark.parametrize("mode", [0o770, 0o707])
def test_a_folder_in_which_others_may_replace_the_socket_is_refused(path: Path, mode: int) -> None:
    path.parent.mkdir()
    path.parent.chmod(mode)
    with pytest.raises(UsageError, match="others may") as raised:
        a_server(path).claim()
    assert raised.value.hint == f"chmod go-w {path.parent}"
    path.parent.chmod(mode | stat.S_ISVTX)
    server = a_server(path)
    server.claim()
    server.release()


def test_the_umask_is_as_it_was_before(path: Path) -> None:
    before = os.umask(0o027)
    try:
        server = a_server(path)
        server.claim()
        assert os.umask(0o027) == 0o027
        server.release()
    finally:
        os.umask(before)


def test_a_second_daemon_is_refused(path: Path) -> None:
    first, second = a_server(path), a_server(path)
    first.claim()
    with pytest.raises(AlreadyServedError, match="another daemon") as raised:
        second.claim()
    assert "autosyncctl stop" in (raised.value.hint or "")
    assert path.is_socket()
    first.release()
    second.claim()
    second.release()


def test_a_daemon_that_is_only_starting_counts_already(path: Path) -> None:
    path.parent.mkdir()
    with path.with_name("control.sock.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(AlreadyServedError):
            a_server(path).claim()
    assert not path.exists()


def test_claiming_twice_is_the_same_claim(path: Path) -> None:
    server = a_server(path)
    server.claim()
    inode = path.stat().st_ino
    server.claim()
    assert path.stat().st_ino == inode
    server.release()


def test_the_socket_of_a_killed_daemon_is_replaced(path: Path) -> None:
    dead = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    with dead:
        assert dead.stdout
        assert dead.stdout.readline() == b"claimed\n"
        with pytest.raises(AlreadyServedError):
            a_server(path).claim()
        dead.kill()
    assert path.is_socket()
    server = a_server(path)
    server.claim()
    server.release()


def test_a_socket_that_answers_without_our_lock_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with net.socket(net.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        with pytest.raises(AlreadyServedError):
            a_server(path).claim()
        with net.socket(net.AF_UNIX) as probe:
            probe.connect(str(path))


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_whatever_is_no_socket_is_never_removed(path: Path, kind: str) -> None:
    path.parent.mkdir()
    match kind:
        case "file":
            path.write_text("mine")
        case "folder":
            path.mkdir()
        case "link":
            path.symlink_to("elsewhere")
    before = path.lstat()
    with pytest.raises(UsageError, match="something else than a socket"):
        a_server(path).claim()
    assert path.lstat().st_ino == before.st_ino


def test_a_refused_claim_leaves_the_lock_free(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("mine")
    with pytest.raises(UsageError):
        a_server(path).claim()
    path.unlink()
    server = a_server(path)
    server.claim()
    server.release()


def test_a_path_of_107_bytes_is_served_and_one_of_108_is_not(tmp_path: Path) -> None:
    def of_length(length: int) -> Path:
        return tmp_path / ("s" * (length - len(str(tmp_path)) - 1))

    server = a_server(of_length(SOCKET_PATH_LIMIT))
    server.claim()
    server.release()
    with pytest.raises(UsageError, match=r"108 bytes long.*107") as raised:
        a_server(of_length(SOCKET_PATH_LIMIT + 1)).claim()
    assert "--socket" in (raised.value.hint or "")
    assert "XDG_RUNTIME_DIR" in (raised.value.hint or "")


def test_bytes_are_counted_and_not_characters(tmp_path: Path) -> None:
    name = "ü" * (SOCKET_PATH_LIMIT - 1 - len(str(tmp_path)))
    assert len(str(tmp_path / name)) == SOCKET_PATH_LIMIT
    with pytest.raises(UsageError, match=f"{SOCKET_PATH_LIMIT + len(name)} bytes long"):
        a_server(tmp_path / name).claim()


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot make the folder"):
        a_server(tmp_path / "file" / "control.sock").claim()


def test_release_leaves_a_socket_that_is_not_ours(path: Path) -> None:
    server = a_server(path)
    server.claim()
    path.unlink()
    with net.socket(net.AF_UNIX) as other:
        other.bind(str(path))
        server.release()
        assert path.is_socket()


def test_a_link_in_the_place_of_the_lock_is_not_followed(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    path.with_name("control.sock.lock").symlink_to(tmp_path / "victim")
    with pytest.raises(UsageError, match="cannot lock"):
        a_server(path).claim()
    assert not (tmp_path / "victim").exists()


def test_an_inherited_socket_is_refused_to_a_second_daemon(path: Path) -> None:
    """systemd takes the path of a socket away from a daemon that was started by hand."""
    server = a_server(path)
    server.claim()
    path.unlink()
    with net.socket(net.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        with pytest.raises(AlreadyServedError):
            ControlServer(path, FakeServed(), inherited=listener).claim()
        server.release()
        heir = ControlServer(path, FakeServed(), inherited=listener)
        heir.claim()
        heir.release()
        assert listener.getsockname() == str(path)
    assert path.exists()


def test_an_inherited_socket_must_be_a_listening_unix_socket(path: Path) -> None:
    with net.socket(net.AF_UNIX) as silent, pytest.raises(UsageError, match="inherited"):
        ControlServer(path, FakeServed(), inherited=silent).claim()


def test_the_lock_tells_who_serves_and_whether_it_has_ended(path: Path) -> None:
    lock = path.with_name("control.sock.lock")
    server = a_server(path)
    server.claim()
    assert lock.read_text() == f"{os.getpid()}\n"
    with pytest.raises(AlreadyServedError):
        a_server(path).claim()
    assert lock.read_text() == f"{os.getpid()}\n"
    server.release()
    assert lock.read_text() == ""
