"""The attacks of `make torture`: each a seed, a folder, and an exception if something is lost."""

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.conftest import GITCONFIG, LEAKY
from tests.system.deaths import pair
from tests.system.deaths import survive as survive_deaths
from tests.torture.kills import NEVER, survive
from tests.torture.power import cut_off, why_not
from tests.torture.power_disk import MAKE
from tests.torture.stock import StockBackend
from tests.torture.story import Story
from tests.torture.taps import impatient
from tests.torture.workload import Tally, writers_against_updates
from tests.vcs.hg.hg_kills import survive as survive_mercurial

Attack = Callable[[int, Path], str]
"""Gets a seed and an empty folder; returns what there is to tell."""

DEATHS = 20
"""Daemons that are killed in one attack."""

CUTS = 10

OTHERS = 500
"""Files besides those that are written, which each update of the comparison changes."""

SLOWLY = 2.0
"""Seconds between two edits there at most: with faster ones git's own merge never gets through,
and what does not come in loses nothing."""

LONG = settings(
    max_examples=10,
    stateful_step_count=25,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


def stories(number: int, _place: Path) -> str:
    """Machines under random edits, races, unplugged networks and deaths."""
    told = seed(number)(type("SeededStory", (Story,), {}))
    run_state_machine_as_test(told, settings=LONG)
    return f"{LONG.max_examples} stories"


def kills(number: int, place: Path) -> str:
    """kill -9 before every git command of a round, and at random moments."""
    with impatient():
        asyncio.run(survive(place, number, range(NEVER), moments=20))
    return "killed everywhere in a round, and 20 times anywhere"


def mercurial(number: int, place: Path) -> str:
    """kill -9 of the Mercurial engine and of its hg, in every command and at random moments."""
    died = asyncio.run(survive_mercurial(place, number, range(60), moments=40))
    return f"killed in {died} commands of hg, and 40 times anywhere"


def daemons(number: int, place: Path, deaths: int = DEATHS) -> str:
    """kill -9 of real daemons, alone or with all their programs, while people write."""
    with pair(place) as machines:
        return survive_deaths(machines, deaths, number)


def writers(_number: int, place: Path) -> str:
    """Programs in five styles against incoming updates."""
    tally = asyncio.run(writers_against_updates(place, 25))
    assert tally.sound, tally
    return str(tally)


def power(number: int, place: Path) -> str:
    """The disk loses its power again and again."""
    if obstacle := why_not():
        return f"not tried: {obstacle}"
    kind = tuple(MAKE)[number % len(MAKE)]
    return f"{kind}: {cut_off(place, kind, number, CUTS)}"


ATTACKS: Mapping[str, Attack] = {
    "stories": stories,
    "kills": kills,
    "mercurial": mercurial,
    "daemons": daemons,
    "writers": writers,
    "power": power,
}


def compare(rounds: int, place: Path) -> tuple[Tally, Tally]:
    """The same workload with our way of moving a tree, and with git's own."""
    ours, stock = place / "ours", place / "stock"
    for folder in (ours, stock):
        folder.mkdir()
    first = writers_against_updates(ours, rounds, others=OTHERS, pause=SLOWLY)
    tally = asyncio.run(first)
    backend = StockBackend()
    second = writers_against_updates(stock, rounds, backend, others=OTHERS, limit=10, pause=SLOWLY)
    return tally, asyncio.run(second)


def scrub(home: Path) -> None:
    """This process forgets whose it is: a HOME of its own, nothing of anybody's git settings."""
    for name in [name for name in os.environ if name.startswith(LEAKY)]:
        del os.environ[name]
    home.mkdir()
    (home / ".gitconfig").write_text(GITCONFIG)
    os.environ.update(HOME=str(home), GIT_CONFIG_NOSYSTEM="1", LC_ALL="C.UTF-8")
