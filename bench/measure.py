"""What all measurements share: CPU seconds, medians, and rows that compare."""

import resource
import statistics
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

LARGE = 50_000


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison: medians of the same run, in seconds, and the median of the ratios."""

    what: str
    size: str
    yardstick: float
    ours: float
    ratio: float
    note: str = ""

    def line(self) -> str:
        """As a line of the table."""
        return (
            f"| {self.what} | {self.size} | {milliseconds(self.yardstick)} | "
            f"{milliseconds(self.ours)} | {self.ratio:.2f} | {self.note} |"
        )


HEADER = (
    "| what | size | yardstick ms | autosync ms | ratio | |\n| --- | --- | --- | --- | --- | --- |"
)


def compared(
    what: str, size: int, yardsticks: Sequence[float], ours: Sequence[float], note: str = ""
) -> Row:
    """A row from rounds that took turns."""
    ratios = [mine / theirs for theirs, mine in zip(yardsticks, ours, strict=True)]
    return Row(
        what,
        f"{size:,}",
        statistics.median(yardsticks),
        statistics.median(ours),
        statistics.median(ratios),
        note,
    )


def milliseconds(seconds: float) -> str:
    """With as many digits as mean anything."""
    value = seconds * 1000
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"


def used() -> float:
    """CPU seconds of this process and its children so far."""
    own, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def compiled(folder: Path) -> Path:
    """The yardsticks in C; needs gcc."""
    program = folder / "floor"
    source = Path(__file__).with_name("floor.c")
    subprocess.run(["gcc", "-O2", "-o", str(program), str(source)], check=True)
    return program


@contextmanager
def scratch(above: Path) -> Iterator[Path]:
    """A folder that goes again; `rm` is several times faster at that than Python."""
    folder = Path(mkdtemp(prefix="autosync-bench-", dir=above))
    try:
        yield folder
    finally:
        subprocess.run(["rm", "-rf", "--", str(folder)], check=True)


def fewer(rounds: int, size: int) -> int:
    """What takes long is measured well enough by fewer rounds."""
    return min(rounds, 3) if size >= LARGE else rounds


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    """What a git command that must succeed prints."""
    finished = subprocess.run(
        ["git", "-C", str(folder), *arguments], input=stdin, check=True, capture_output=True
    )
    return finished.stdout.decode().strip()
