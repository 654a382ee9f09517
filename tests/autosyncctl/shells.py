"""Real shells in terminals, in which a test types and presses Tab."""

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

BIN = Path(sys.executable).parent
PATIENCE = 60.0
PROMPT = "ready> "

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\0|.\x08")
"""Colours, padding, and what is written over."""

START = {
    "bash": ["bash", "--noprofile", "--norc", "-i"],
    "zsh": ["zsh", "-f", "-i"],
}
SET_UP = {
    "bash": f"PS1='{PROMPT}'; bind 'set bell-style none'; bind 'set show-all-if-ambiguous on'; "
    "bind 'set enable-bracketed-paste off'; source <(autosyncctl completion bash)",
    "zsh": f"PS1='{PROMPT}'; unsetopt beep prompt_sp prompt_cr; unset zle_bracketed_paste; "
    "autoload -U compinit; compinit -u -D; source <(autosyncctl completion zsh)",
}


class Shell:
    """An interactive shell with our completion."""

    def __init__(self, process: "subprocess.Popen[bytes]", descriptor: int) -> None:
        self._process = process
        self._descriptor = descriptor
        self._shown = self._raw = ""

    def type(self, text: str, until: Callable[[str], bool]) -> str:
        """Type something; what is shown from then on, once it is what was waited for."""
        self._shown = self._raw = ""
        os.write(self._descriptor, text.encode())
        deadline = time.monotonic() + PATIENCE
        while not until(self._shown):
            left = deadline - time.monotonic()
            assert left > 0, self._shown
            if select.select([self._descriptor], [], [], min(left, 1.0))[0]:
                self._raw += os.read(self._descriptor, 65536).decode("utf-8", "replace")
                self._shown = _CONTROL.sub("", self._raw)
        return self._shown

    def clear(self) -> None:
        """Empty the line."""
        self.type("\x15\n", lambda shown: PROMPT in shown)


def _begun(shown: str) -> bool:
    """The prompt after what the line printed, not that in the line itself."""
    return PROMPT in shown.rpartition("begun\r\n")[2] and "begun\r\n" in shown


@contextmanager
def shell(name: str, folder: Path) -> Iterator[Shell]:
    """Start one in a folder."""
    ours, theirs = pty.openpty()
    environment = {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "HOME": str(folder),
        "TERM": "vt100",
        "LC_ALL": "C.UTF-8",
        "AUTOSYNC_SOCKET": os.environ["AUTOSYNC_SOCKET"],
        "COLUMNS": "200",
    }
    with subprocess.Popen(
        START[name],
        cwd=folder,
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        try:
            it = Shell(process, ours)
            it.type(f"{SET_UP[name]}; echo begun\n", _begun)
            yield it
        finally:
            process.kill()
            os.close(ours)
