"""`make bench`: everything, each against its yardstick in the same run; a table in Markdown.

With --write it takes the place of the table in docs/performance.md.
"""

import argparse
import asyncio
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.commit_cost import costs
from bench.measure import HEADER
from bench.over_ssh import journeys_by_ssh
from bench.resting import resting
from bench.travel import journeys
from bench.watching import placing, storms

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- begin of the table -->\n", "<!-- end of the table -->\n"


def main() -> None:
    """Measure, print as it comes, and write if asked to."""
    options = arguments()
    lines = []
    for line in table(options):
        print(line, flush=True)
        lines.append(line)
    if options.write:
        page = PAGE.read_text()
        before, rest = page.split(BEGIN)
        PAGE.write_text(before + BEGIN + "\n".join(lines) + "\n" + END + rest.split(END)[1])


def arguments() -> argparse.Namespace:
    """What to measure, and how often."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--repositories", type=int, nargs="+", default=[1, 100, 500])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=30.0, help="of rest to measure")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    return parser.parse_args()


def table(options: argparse.Namespace) -> Iterator[str]:
    """The lines, as they are measured."""
    sizes, rounds = tuple(options.sizes), options.rounds
    yield machine()
    yield ""
    yield HEADER
    with tempfile.TemporaryDirectory(prefix="autosync-bench-") as folder:
        for rows in (placing, storms):
            yield from (row.line() for row in rows(Path(folder), sizes, rounds))
    for size in sizes:
        yield from (row.line() for row in asyncio.run(costs(size, rounds)))
    yield from (row.line() for row in journeys(sizes, rounds))
    yield from (row.line() for row in journeys_by_ssh(min(sizes), rounds))
    asked, lines = resting(tuple(options.repositories), options.seconds)
    yield from (row.line() for row in asked)
    yield ""
    yield from lines


def machine() -> str:
    """On what it was measured, and how busy that was."""
    git = subprocess.run(["git", "version"], capture_output=True, text=True, check=True)
    load = os.getloadavg()[0]
    version = git.stdout.split()[2]
    return (
        f"Linux {platform.release()}, Python {sys.version.split()[0]}, git {version}, "
        f"{os.cpu_count()} cores, load {load:.1f} at the start, in {tempfile.gettempdir()}."
    )


if __name__ == "__main__":
    main()
