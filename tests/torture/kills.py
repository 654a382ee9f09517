"""kill -9 of the whole engine: before any git command of a round, or at any moment."""

import asyncio
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.torture.world import World
from tests.vcs.git.merge.merge_edits import KINDS, PATHS, Edit

ROOT = Path(__file__).parents[2]
NEVER = 10_000
ORPHANS = 60.0
"""Seconds that git commands may outlive those that have started them."""
DEATHS = 5
"""How often one round dies at most: what finds its way again is killed at that, too."""
LONGEST = 1.0
"""Seconds from the round's begin within which a random kill falls."""


def random_edits(dice: random.Random, count: int) -> list[Edit]:
    """Edits of any kind, anywhere."""
    return [Edit(dice.choice(KINDS), dice.choice(PATHS), dice.randrange(6)) for _ in range(count)]


async def prepared(place: Path, seed: int) -> tuple[World, random.Random]:
    """Two machines in step, and the dice for what follows."""
    dice, world = random.Random(seed), World(place, 2)
    await world.begin([Edit("text", path, 0) for path in PATHS[1:]])
    return world, dice


async def killed_before(world: World, dice: random.Random, number: int) -> bool:
    """Kill a round before its `number`th git command, and start again.

    Returns False if the round had come to its end before that.
    """
    await _both_edited(world, dice)
    with _child(world, number) as child:
        code = await asyncio.to_thread(child.wait, 60)
    assert code in (0, -signal.SIGKILL), code
    await _start_again(world)
    return code != 0


async def killed_sometime(world: World, dice: random.Random, deaths: int) -> int:
    """Kill a round at a random moment, and so each of its next lives, until it comes to its end or
    has died `deaths` times; then start again. Returns how often it died."""
    died = 0
    await _both_edited(world, dice)
    for _ in range(deaths):
        with _child(world, NEVER) as child:
            await asyncio.to_thread(_kill_later, child, dice.uniform(0, LONGEST))
        if child.returncode == 0:
            break
        died += 1
        await _must_be_readable(world)
    await _start_again(world)
    return died


async def _both_edited(world: World, dice: random.Random) -> None:
    """One machine has pushed, the other has changes of its own that it has not committed."""
    here, there = world.machines
    world.edit(there, random_edits(dice, 3), "in place")
    await world.sync(there)
    world.edit(here, random_edits(dice, 3), "rename over")
    here.drop()


async def _start_again(world: World) -> None:
    """The next daemon finds its way, while the other machine goes on."""
    here, there = world.machines
    await _must_be_readable(world)
    for machine in (here, there, here):
        await world.sync(machine)


async def _must_be_readable(world: World) -> None:
    """The dead left a repository that the user's own git can use; their git may still be at work
    for a moment, and fsck(1) takes what comes while it looks for missing."""
    limit = time.monotonic() + ORPHANS
    while True:
        try:
            world.machines[0].git("fsck", "--strict", "--no-dangling")
        except AssertionError:
            if time.monotonic() > limit:
                raise
            await asyncio.sleep(0.1)
        else:
            return


def _child(world: World, number: int) -> "subprocess.Popen[bytes]":
    here = world.machines[0]
    where = (str(here.root.parent), str(world.remote), str(number))
    return subprocess.Popen(
        [sys.executable, "-m", "tests.torture.kill_child", *where], cwd=ROOT, stdout=subprocess.PIPE
    )


def _kill_later(child: "subprocess.Popen[bytes]", seconds: float) -> None:
    assert child.stdout
    child.stdout.readline()
    moment = time.monotonic() + seconds
    while time.monotonic() < moment and child.poll() is None:
        time.sleep(0.001)  # the moment itself is what is tested
    child.kill()
    child.wait()


async def survive(place: Path, seed: int, numbers: Sequence[int], *, moments: int = 0) -> None:
    """A world through many deaths, `moments` of them at any moment, with everything still there in
    the end."""
    world, dice = await prepared(place, seed)
    for number in numbers:
        if not await killed_before(world, dice, number):
            break
    while moments > 0:
        moments -= await killed_sometime(world, dice, min(DEATHS, moments))
    await world.check()
