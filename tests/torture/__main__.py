"""Attacks for as long as one likes: `python -m tests.torture --minutes 60`.

Every attack has a seed. The first one that succeeds ends the run; its seed is in a file then, and
the command that replays it on the screen.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from tests.torture.attacks import ATTACKS, compare, daemons, scrub
from tests.torture.storm import storm


def main() -> int:
    """Run what the command line says."""
    wanted = _arguments()
    place = Path(tempfile.mkdtemp(prefix="autosync-torture-"))
    scrub(place / "home")
    if wanted.replay:
        told = json.loads(wanted.replay.read_text())
        passed = _attack(told["attack"], told["seed"], place)
    else:
        passed = (
            _compared(wanted.rounds, place)
            and _died(wanted.deaths, wanted.seed, place)
            and _stormed(wanted.storm, place)
            and _run(wanted, place)
        )
    if passed:
        shutil.rmtree(place)
    return 0 if passed else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="how long (default 10)")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**9, help="the first seed")
    parser.add_argument("--only", choices=ATTACKS, action="append", help="only these attacks")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="one attack again")
    help_text = "updates in the comparison with stock git, before all else (default 300; 0: none)"
    parser.add_argument("--rounds", type=int, default=300, help=help_text)
    help_text = "daemons that are killed at random moments, before the rest (default 200; 0: none)"
    parser.add_argument("--deaths", type=int, default=200, help=help_text)
    help_text = "files of a storm, before the rest (default 100,000; 0: none)"
    parser.add_argument("--storm", type=int, default=100_000, metavar="FILES", help=help_text)
    return parser.parse_args()


def _compared(rounds: int, place: Path) -> bool:
    """Whether our way of moving a tree loses nothing; says what git's own way loses."""
    if not rounds:
        return True
    ours, stock = compare(rounds, place)
    print(f"autosync:               {ours}")
    print(f"git merge --ff-only:    {stock}", flush=True)
    if not ours.sound:
        print(f"everything is still in {place}")
        return False
    return True


def _died(deaths: int, seed: int, place: Path) -> bool:
    """Whether all is well after so many deaths of real daemons."""
    if not deaths:
        return True
    folder = place / "deaths"
    folder.mkdir()
    print(f"{deaths} deaths with seed {seed}", flush=True)
    try:
        print(daemons(seed, folder, deaths), flush=True)
    except Exception:  # whatever it is, it is to be told
        traceback.print_exc()
        print(f"what it left is in {folder}", flush=True)
        return False
    return True


def _stormed(files: int, place: Path) -> bool:
    """Whether a storm of so many files was followed, and others' saves did not wait for it."""
    if not files:
        return True
    folder = place / "storm"
    folder.mkdir()
    try:
        print(storm(folder, files, limit=900.0), flush=True)
    except Exception:  # whatever it is, it is to be told
        traceback.print_exc()
        print(f"what it left is in {folder}", flush=True)
        return False
    return True


def _run(wanted: argparse.Namespace, place: Path) -> bool:
    """All attacks in turn until the time is up, or one succeeds."""
    end = time.monotonic() + 60 * wanted.minutes
    turns = _turns(wanted.only or list(ATTACKS), wanted.seed)
    while time.monotonic() < end:
        name, seed = next(turns)
        if not _attack(name, seed, place):
            return False
    return True


def _turns(names: list[str], first: int) -> Iterator[tuple[str, int]]:
    for seed in count(first):
        for name in names:
            yield name, seed


def _attack(name: str, seed: int, place: Path) -> bool:
    """Whether nothing was lost; if not, tell how to see it again."""
    folder = place / f"{name}-{seed}"
    folder.mkdir()
    began = time.monotonic()
    try:
        told = ATTACKS[name](seed, folder)
    except Exception:  # whatever it is, it is to be told
        traceback.print_exc()
        _tell_replay(name, seed, folder)
        return False
    print(f"{name} {seed}: {told}, {time.monotonic() - began:.0f} s", flush=True)
    shutil.rmtree(folder)
    return True


def _tell_replay(name: str, seed: int, folder: Path) -> None:
    file = folder / "replay.json"
    file.write_text(json.dumps({"attack": name, "seed": seed}))
    print(f"\n{name} with seed {seed} succeeded; what it left is in {folder}")
    print(f"again: {sys.executable} -m tests.torture --replay {file}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
