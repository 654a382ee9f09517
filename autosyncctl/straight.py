"""What other programs ask most, `autosyncctl --json status`: the daemon's own answer, unread.

To load all that draws tables and explains errors takes several times as long as this. Whatever is
not as simple, or goes wrong, is left to that.
"""

import os
import socket
import sys
from collections.abc import Sequence

from autosyncd.api.locate import socket_path

LIMIT = 2.0
"""Seconds for the daemon to answer at once."""

_REQUEST = b'{"jsonrpc":"2.0","id":1,"method":"status","params":{}}\n'
_BEGIN, _END = b'{"jsonrpc":"2.0","id":1,"result":', b"}\n"


def run(argv: Sequence[str]) -> int | None:
    """The exit code, if this is such a command line and it was answered."""
    if sorted(argv) != ["--json", "status"]:
        return None
    answer = _answer()
    if answer is None:
        return None
    try:
        if sys.stdout:
            sys.stdout.buffer.write(answer + b"\n")
            sys.stdout.buffer.flush()
    except OSError as error:
        from autosyncctl.cli import cannot_write

        return cannot_write(error)
    return 0


def _answer() -> bytes | None:
    try:
        path = socket_path(os.environ, uid=os.getuid())
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(LIMIT)
            connection.connect(os.fspath(path or ""))
            connection.sendall(_REQUEST)
            line = _line(connection)
    except (OSError, RuntimeError):
        return None
    if not (line.startswith(_BEGIN) and line.endswith(_END)):
        return None
    return line[len(_BEGIN) : -len(_END)]


def _line(connection: socket.socket) -> bytes:
    received = bytearray()
    while not received.endswith(b"\n") and (data := connection.recv(1 << 18)):
        received += data
    return bytes(received)
