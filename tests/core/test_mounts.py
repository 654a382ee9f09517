"""What is mounted below a folder, by the text of mountinfo."""

from autosyncd.core.mounts import doubtful, mounts_below

MOUNTINFO = b"""\
22 1 8:1 / / rw - ext4 /dev/sda1 rw
30 22 0:40 / /home/docs/photos rw,relatime shared:5 - tmpfs none rw
31 22 8:17 /pictures /home/docs/my\\040photos rw - ext4 /dev/sdb1 rw
32 22 0:50 / /home/docs/net rw - nfs4 server:/export rw
33 22 0:51 / /home/docs/auto rw - autofs systemd-1 rw
34 22 0:52 / /home/docsier rw - tmpfs none rw
35 30 0:53 / /home/docs/photos rw - tmpfs none rw
36 22 8:1 / /home/docs rw - ext4 /dev/sda1 rw
broken line
"""


def test_they_are_known_by_their_names_or_else_by_their_devices() -> None:
    assert mounts_below(MOUNTINFO, b"/home/docs") == {
        b"photos": "tmpfs none 0:53 /",
        b"my photos": "ext4 /dev/sdb1 /pictures",
        b"net": "nfs4 server:/export /",
    }
    assert mounts_below(b"", b"/home/docs") == {}


def test_one_that_came_went_or_is_another_is_doubtful() -> None:
    known = {b"same": "a", b"other": "a", b"gone": "a"}
    assert doubtful(known, {b"same": "a", b"other": "b", b"new": "c"}) == {
        b"gone": None,
        b"new": "c",
        b"other": "b",
    }
