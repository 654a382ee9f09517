"""A git that ends the daemon which runs it, at a chosen moment: as a crash of the machine would."""

import os
import shutil
from pathlib import Path

from tests.system.machines import Machine, until

_SCRIPT = """\
#!/bin/sh
case " $* " in
  *" {command} "*) {before}; {git} "$@"; code=$?; {after}; exit $code;;
esac
exec {git} "$@"
"""


def kill_at(machine: Machine, folder: Path, command: str, *, done: bool) -> None:
    """From now on the daemon of the machine is killed when it runs this git command: when that is
    done, or before it begins. To be called before the start."""
    folder.mkdir()
    script = folder / "git"
    kill = "kill -9 $PPID"
    script.write_text(
        _SCRIPT.format(
            command=command,
            git=shutil.which("git"),
            before=":" if done else f"{kill}; exit 1",
            after=kill if done else ":",
        )
    )
    script.chmod(0o755)
    machine.extra["PATH"] = f"{folder}:{os.environ['PATH']}"


def killed(machine: Machine) -> None:
    """Wait for that, and let it have its usual git again."""
    process = machine.process
    assert process is not None
    until(lambda: process.poll() is not None, "the daemon was killed")
    machine.process = None
    del machine.extra["PATH"]
