"""A real daemon under measurement."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from bench.measure import scratch

BIN = Path(sys.executable).parent
LIMIT = 900.0
TICKS = os.sysconf("SC_CLK_TCK")


class Running:
    """A daemon with a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home / "run"),
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            "PYTHONWARNINGS": "ignore",
        }
        (home / "run").mkdir(mode=0o700)
        (home / ".gitconfig").write_text("[user]\n\tname = b\n\temail = b@example.org\n")
        self._config = home / "autosync.yaml"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, configuration: str) -> None:
        """Start it, and wait until everything rests."""
        self._config.write_text(configuration)
        self._process = subprocess.Popen(
            [str(BIN / "autosyncd"), "--config", str(self._config)],
            env=self.environment,
            stderr=(self.home / "log").open("wb"),
        )
        until(self._answers, "the daemon answers", pause=0.1)
        until(self.rests, "everything rests", pause=0.5)  # asking costs as much as it works

    def stop(self) -> None:
        """End it."""
        if self._process:
            self._process.terminate()
            self._process.wait()

    def rests(self) -> bool:
        """Whether no repository has anything to do."""
        return all(entry["state"] == "idle" for entry in self.status()["repositories"])

    def status(self) -> Any:
        """What `status --json` prints."""
        return json.loads(self.ctl("status", "--json").stdout)

    def ctl(self, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        """autosyncctl."""
        return subprocess.run(
            [str(BIN / "autosyncctl"), *arguments],
            env=self.environment,
            capture_output=True,
            check=False,
        )

    def cpu(self) -> float:
        """CPU seconds of the daemon and its ended children so far."""
        fields = self._proc("stat").rpartition(")")[2].split()
        return sum(int(field) for field in fields[11:15]) / TICKS

    def memory(self) -> float:
        """MiB of memory in use."""
        line = next(line for line in self._proc("status").splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def _proc(self, name: str) -> str:
        assert self._process
        return Path(f"/proc/{self._process.pid}/{name}").read_text()

    def _answers(self) -> bool:
        return self.ctl("version").returncode == 0


@contextmanager
def home() -> Iterator[Running]:
    """A home, and a daemon in it that is not started yet."""
    with scratch(Path(gettempdir())) as folder:
        running = Running(folder)
        try:
            yield running
        finally:
            running.stop()


def until(condition: Callable[[], bool], what: str, pause: float = 0.002) -> float:
    """Wait for a condition, looking every `pause` seconds; returns how many that took."""
    begin = time.perf_counter()
    while not condition():
        assert time.perf_counter() - begin < LIMIT, f"not within {LIMIT:g} s: {what}"
        time.sleep(pause)
    return time.perf_counter() - begin
