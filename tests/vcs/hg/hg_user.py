"""A user's own hg, in one process for many commands: each start of it takes a tenth of a second."""

import os
import struct
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

EXTENSIONS = ("rebase", "histedit", "shelve", "strip", "largefiles", "mq")
_HEADER = struct.Struct(">cI")


class HgUser:
    """Commands that a user gives in a working copy; `settings` are theirs, as `section.name=value`.

    Two users may be at work at once.
    """

    def __init__(self, folder: Path, *settings: str) -> None:
        given = ("ui.username=Test Person <test@example.org>", "ui.interactive=no", *settings)
        words = [word for setting in given for word in ("--config", setting)]
        self._process = subprocess.Popen(
            ["hg", "serve", "--cmdserver", "pipe", *words],
            cwd=folder,
            env={**os.environ, "HGPLAIN": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._block()

    def __call__(self, *words: str, check: bool = True) -> str:
        """What a command says; it may fail if not to be `check`ed."""
        request = b"\0".join(map(os.fsencode, words))
        self._write(b"runcommand\n" + struct.pack(">I", len(request)) + request)
        said: dict[bytes, bytes] = {b"o": b"", b"e": b""}
        while True:
            channel, data = self._block()
            if channel == b"r":
                code = struct.unpack(">i", data)[0]
                assert not check or code == 0, said[b"e"].decode("utf-8", "replace")
                return said[b"o"].decode("utf-8", "surrogateescape")
            said[channel] += data

    def close(self) -> None:
        """No more commands."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def _block(self) -> tuple[bytes, bytes]:
        assert self._process.stdout
        while True:
            channel, length = _HEADER.unpack(self._process.stdout.read(_HEADER.size))
            if channel in b"IL":
                self._write(struct.pack(">I", 0))
                continue
            return channel, self._process.stdout.read(length)

    def _write(self, data: bytes) -> None:
        assert self._process.stdin
        self._process.stdin.write(data)
        self._process.stdin.flush()
