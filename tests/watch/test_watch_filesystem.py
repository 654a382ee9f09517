"""Network and FUSE file systems are recognised by their mount."""

from pathlib import Path

import pytest

from autosyncd.watch import filesystem
from autosyncd.watch.filesystem import mount_type, needs_polling

MOUNTS = rb"""22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:25 / /proc rw - proc proc rw
40 22 0:40 / /mnt/my\040share rw,relatime shared:2 master:7 - nfs4 server:/x rw,addr=10.0.0.1
41 40 0:41 / /mnt/my\040share/local rw - xfs /dev/vdb rw
42 22 0:42 / /mnt/ssh rw - fuse.sshfs me@host: rw
43 22 0:43 / /mnt/twice rw - ext4 /dev/vdc rw
44 43 0:44 / /mnt/twice rw - cifs //host/share rw
45 22 0:45 / /mnt/ntfs rw - fuseblk /dev/vdd rw
46 22 0:46 / /mnt/back\134slash rw - nfs server:/y rw
broken line
"""


@pytest.mark.parametrize(
    ("path", "kind", "polled"),
    [
        (b"/home/me", b"ext4", False),
        (b"/", b"ext4", False),
        (b"/mnt/my share", b"nfs4", True),
        (b"/mnt/my share/docs", b"nfs4", True),
        (b"/mnt/my share/local/docs", b"xfs", False),
        (b"/mnt/my shares", b"ext4", False),
        (b"/mnt/ssh/docs", b"fuse.sshfs", True),
        (b"/mnt/twice/docs", b"cifs", True),
        (b"/mnt/ntfs/docs", b"fuseblk", False),
        (b"/mnt/back\\slash/docs", b"nfs", True),
    ],
)
def test_the_longest_and_last_mount_point_counts(
    path: bytes, kind: bytes, polled: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mount_type(MOUNTS, path) == kind
    table = tmp_path / "mountinfo"
    table.write_bytes(MOUNTS)
    monkeypatch.setattr(filesystem, "MOUNTINFO", table)
    assert needs_polling(Path(path.decode())) is polled


def test_this_machines_own_mounts_are_understood(tmp_path: Path) -> None:
    assert mount_type(Path("/proc/self/mountinfo").read_bytes(), b"/proc/self") == b"proc"
    assert needs_polling(tmp_path) in (True, False)


def test_no_mount_table_means_no_polling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filesystem, "MOUNTINFO", tmp_path / "missing")
    assert needs_polling(tmp_path) is False
