"""kill -9 at any moment: nothing is lost, nothing is torn, and all machines converge."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.extent import extent
from tests.system.deaths import CONFIG, check_sound, children_of, kill, pair, survive
from tests.system.machines import Machine, git, until

ROUNDS = int(os.environ.get("AUTOSYNC_KILL_ROUNDS", extent(12, 4)))
SEED = os.environ.get("AUTOSYNC_KILL_SEED")

pytestmark = [pytest.mark.system, pytest.mark.timeout(120 + 20 * ROUNDS)]


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[tuple[Machine, Machine]]:
    with pair(tmp_path) as both:
        yield both


def test_kill_9_at_random_moments_loses_nothing(machines: tuple[Machine, Machine]) -> None:
    seed = int(SEED) if SEED else random.randrange(1_000_000)
    print(f"AUTOSYNC_KILL_SEED={seed} AUTOSYNC_KILL_ROUNDS={ROUNDS}")
    print(survive(machines, ROUNDS, seed))


def test_a_push_that_outlives_its_daemon_is_ended_by_the_next_one(
    machines: tuple[Machine, Machine], tmp_path: Path
) -> None:
    laptop, remote = machines[0], tmp_path / "remote.git"
    docs, begun = laptop.home / "docs", tmp_path / "begun"
    hook = remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {begun}\nsleep 1000\n")
    hook.chmod(0o755)
    laptop.start(CONFIG)
    (docs / "plan.md").write_text("for tomorrow\n")
    until(begun.exists, "the push hangs at the remote")
    assert laptop.process
    daemon = laptop.process.pid
    kill(laptop, everything=False)
    assert children_of(daemon), "the push lives on"
    hook.unlink()
    laptop.start()
    until(lambda: laptop.in_step(), "the next daemon has pushed it")
    until(lambda: not children_of(daemon), "nothing is left of the dead one")
    assert git(remote, "ls-tree", "--name-only", "main") == "plan.md"
    check_sound(docs)
