"""What a daemon with many repositories costs while nothing happens, and how fast it answers."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.measure import Row, compared, git
from bench.running import Running, home

STATUSES = 9


def resting(counts: tuple[int, ...], seconds: float) -> tuple[list[Row], list[str]]:
    """How fast the daemon with most repositories answers, and the lines of a table: idle CPU and
    memory with so many repositories."""
    lines = [
        "| repositories | memory MiB | CPU ms per minute at rest | start: CPU ms for each |",
        "| --- | --- | --- | --- |",
    ]
    rows: list[Row] = []
    for count in counts:
        with home() as running:
            running.start(configuration(running.home, count))
            lines.append(at_rest(running, count, seconds))
            if count == max(counts):
                rows += answers(running, count)
    return rows, lines


def at_rest(running: Running, count: int, seconds: float) -> str:
    """A line of the table."""
    started = running.cpu()
    time.sleep(2)
    before, begin = running.cpu(), time.perf_counter()
    time.sleep(seconds)
    spent = (running.cpu() - before) / (time.perf_counter() - begin) * 60
    each = started * 1000 / count
    return f"| {count:,} | {running.memory():.0f} | {spent * 1000:.0f} | {each:.0f} |"


def answers(running: Running, count: int) -> Iterator[Row]:
    """Wall time of `autosyncctl status`, against a Python that does nothing."""
    nothing, plain, machine = [], [], []
    program = str(Path(sys.executable).parent / "autosyncctl")
    for _ in range(STATUSES):
        nothing.append(timed([sys.executable, "-c", "pass"], {}))
        plain.append(timed([program, "status"], running.environment))
        machine.append(timed([program, "--json", "status"], running.environment))
    note = "against `python -c pass`"
    yield compared("autosyncctl status (wall)", count, nothing, plain, note)
    yield compared("autosyncctl --json status (wall)", count, nothing, machine, note)


def timed(command: list[str], environment: dict[str, str]) -> float:
    """Seconds that a command takes."""
    begin = time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.perf_counter() - begin


def configuration(folder: Path, count: int) -> str:
    """So many small repositories, each with a remote."""
    seed = folder / "seed"
    git(folder, "init", "-q", "-b", "main", str(seed))
    git(seed, "config", "user.name", "b")
    git(seed, "config", "user.email", "b@example.org")
    for number in range(10):
        (seed / f"d{number}").mkdir()
        (seed / f"d{number}" / "file").write_text("x\n")
    git(seed, "add", "-A")
    git(seed, "commit", "-q", "-m", "seed")
    git(folder, "clone", "-q", "--bare", "seed", "remote.git")
    lines = ["repositories:"]
    for number in range(count):
        git(folder, "clone", "-q", "remote.git", f"r{number}")
        lines.append(f"  - {folder}/r{number}")
    return "\n".join(lines) + "\n"
