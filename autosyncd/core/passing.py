"""Names under which programs write a file for moments, and which real files may have, too.

A new file of such a name is not committed before it has been left alone for `GRACE` seconds.
"""

import re
from collections.abc import Callable

GRACE = 120.0
"""Seconds without a change after which a file of such a name is taken for what it is."""

_CERTAIN = re.compile(
    rb"4913"  # vim tries whether it may create files here
    rb"|(?:sed|tmp|XX)[A-Za-z0-9]{6}"  # sed -i; emacs with file-precious-flag; perl -i
    rb"|\..*\.tmp-[^/]*|.*\.tmp"  # programs on node.js, and many others
    rb"|.*\.(?:part|partial|crdownload|download|filepart)"  # browsers, scp and sftp clients
    rb"|.*\.bak",  # Python's fileinput, and many others
    re.DOTALL,
)
_SUFFIXED = re.compile(rb"\.?(.+)\.[A-Za-z0-9]{6}", re.DOTALL)
"""rsync writes `.NAME.XXXXXX`, Qt (Kate and all of KDE) `NAME.XXXXXX`."""

_BESIDE = re.compile(rb"(.+)-journal", re.DOTALL)
"""SQLite's rollback journal; worthless without the file that it belongs to."""

_RANDOM = re.compile(rb"[0-9A-Z]")


def is_passing(name: bytes, beside: Callable[[bytes], bool]) -> bool:
    """Whether `name` looks like that; `beside` says whether the folder has another name.

    Six random characters hold a digit or a capital letter in 199 of 200 cases; without one, the
    file that they belong to must be there.
    """
    if journal := _BESIDE.fullmatch(name):
        return beside(journal[1])
    if _CERTAIN.fullmatch(name):
        return not name.startswith((b"sed", b"tmp")) or bool(_RANDOM.search(name[3:]))
    suffixed = _SUFFIXED.fullmatch(name)
    if suffixed is None:
        return False
    return bool(_RANDOM.search(name[-6:])) or beside(suffixed[1])
