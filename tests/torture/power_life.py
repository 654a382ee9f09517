"""A daemon at work on a disk whose power will be cut: `PLACE SEED NUMBER`, until it is killed.

Prints what the daemon says it has done, at the moment it says so.
"""

import asyncio
import random
import sys
from pathlib import Path

from autosyncd.api.events import Committed, Integrated, Pushed
from autosyncd.config.model import RepositorySettings
from tests.daemon.house import House, house, quick
from tests.torture.power_user import User
from tests.torture.taps import believing_in_death, impatient

PAUSE = 0.5
"""Seconds between two saves at most."""

SPOKEN = (Committed, Pushed, Integrated)


async def main(disk: Path, seed: str, number: int) -> None:
    """Let the user save, and the daemon take care of it."""
    user = User(disk / "tree", random.Random(seed), number)
    with impatient(), believing_in_death():
        async with house(disk, [settings(disk / "tree")]) as home, asyncio.TaskGroup() as tasks:
            tasks.create_task(_tell(home))
            while True:
                user.save()
                await asyncio.sleep(user.dice.uniform(0, PAUSE))  # people take their time


def settings(tree: Path) -> RepositorySettings:
    """Times that leave none for rest."""
    return quick(tree, pull_interval=0.1, max_delete=1.0)


async def _tell(home: House) -> None:
    told = 0
    while True:
        for event in home.events[told:]:
            told += 1
            if isinstance(event, SPOKEN):
                print(event.__struct_config__.tag, event.commit, flush=True)
        await asyncio.sleep(0.005)  # until the power goes


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
