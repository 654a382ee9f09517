"""Placing watches and following a storm of files, against the same in C."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from autosyncd.watch.limits import watch_limit
from bench.measure import Row, compared, compiled, fewer, scratch

LEAVES = 9
"""Of ten folders, so many hold files alone."""


def placing(folder: Path, sizes: tuple[int, ...], rounds: int) -> Iterator[Row]:
    """CPU of watching so many folders with a file in each, as far as the kernel allows them."""
    floor = compiled(folder)
    for size in (size for size in sizes if size < watch_limit().value):
        with scratch(folder) as tree:
            make_folders(tree, size)
            theirs, ours, memory = [], [], 0.0
            for _ in range(fewer(rounds, size)):
                theirs.append(last_line([str(floor), "place", str(tree)])[0])
                seconds, count, memory = last_line(watched("place", tree))
                assert count >= size
                ours.append(seconds)
            [stall] = last_line(watched("stalls", tree))
            note = f"{memory:.0f} MiB, the loop waits {stall * 1000:.0f} ms at most"
            yield compared("place watches (folders)", size, theirs, ours, note)


def storms(folder: Path, sizes: tuple[int, ...], rounds: int) -> Iterator[Row]:
    """CPU of hearing of so many files that are made at C speed."""
    floor = compiled(folder)
    for size in sizes:
        theirs, ours, note = [], [], ""
        for _ in range(fewer(rounds, size)):
            theirs.append(storm(folder, floor, size, lambda tree: [str(floor), "listen", tree])[0])
            seconds, count, memory = storm(
                folder, floor, size, lambda tree: watched("listen", Path(tree))
            )
            assert count == -1 or count >= size, f"{count} of {size} files were heard of"
            ours.append(seconds)
            note = f"nothing missed, {memory:.0f} MiB"
        yield compared("storm (files made)", size, theirs, ours, note)


def storm(
    folder: Path, floor: Path, size: int, listen: Callable[[str], list[str]]
) -> tuple[float, ...]:
    """What a listener says of a storm in a new folder."""
    with scratch(folder) as place:
        tree = str(place)
        command = listen(tree)
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as listener:
            assert listener.stdout
            assert listener.stdout.readline() == "ready\n"
            subprocess.run([str(floor), "storm", tree, str(size)], check=True, capture_output=True)
            out, _ = listener.communicate("\n")
        assert listener.returncode == 0
        return numbers(out)


def make_folders(tree: Path, size: int) -> None:
    """So many folders, most of them without a folder in them, each with a file."""
    for number in range(0, size, 10 * (LEAVES + 1)):
        for middle in range(10):
            for leaf in range(LEAVES):
                place = tree / f"a{number}" / f"b{middle}" / f"c{leaf}"
                place.mkdir(parents=True)
                (place / "file").touch()


def watched(mode: str, tree: Path) -> list[str]:
    """The command that watches by our code."""
    return [sys.executable, "-W", "ignore", "-m", "bench.watched", mode, str(tree)]


def last_line(command: list[str]) -> tuple[float, ...]:
    """The numbers that a program printed last."""
    return numbers(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def numbers(text: str) -> tuple[float, ...]:
    """The numbers in the last line of a text."""
    return tuple(float(word) for word in text.strip().splitlines()[-1].split())
