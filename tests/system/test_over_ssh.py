"""Two real daemons, a real sshd, and nothing else."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.channels.sshd import Sshd, serving, sshd_program
from tests.system.channel_story import AT_ONCE, at_rest, both_ways, catches_up, connected, travels
from tests.system.machines import Machine, until

pytestmark = [pytest.mark.system]
if os.environ.get("CI") != "true":
    pytestmark.append(pytest.mark.skipif(sshd_program() is None, reason="no sshd: sh .ci/tools"))


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    with serving(tmp_path / "sshd", "docs.git") as server:
        yield server


@pytest.fixture
def machines(tmp_path: Path, sshd: Sshd) -> Iterator[tuple[Machine, Machine]]:
    pair = (Machine(tmp_path, "laptop"), Machine(tmp_path, "desktop"))
    for machine in pair:
        with (machine.home / ".gitconfig").open("a") as config:
            config.write(f"[core]\n\tsshCommand = {sshd.environment['GIT_SSH_COMMAND']}\n")
        machine.git_home("clone", "-q", f"shell:{sshd.home}/docs.git", "docs")
        machine.start(f"{AT_ONCE}channels:\n  ssh: {{}}\n")
    yield pair
    for machine in pair:
        machine.stop()


def test_a_save_travels_over_ssh_alone_and_costs_one_login_a_side_at_most(
    machines: tuple[Machine, Machine], sshd: Sshd
) -> None:
    at_rest(machines)
    before = sshd.logins
    saves = both_ways(machines)
    # Other tests make networks meanwhile, and some time after each everybody logs in anew.
    assert sshd.logins - before <= 2 * (saves + network_changes(machines))


def network_changes(machines: tuple[Machine, Machine]) -> int:
    """How often the machines have noticed a network that came up."""
    return sum(machine.diary().count("network up") for machine in machines)


def test_what_happened_while_the_server_was_away_is_caught_up_with(
    machines: tuple[Machine, Machine], sshd: Sshd
) -> None:
    catches_up(machines, sshd, lambda machine: machine.repository()["state"] == "offline")


@pytest.mark.slow
def test_a_link_that_is_dead_without_a_word_is_noticed_within_a_minute(
    machines: tuple[Machine, Machine], sshd: Sshd
) -> None:
    at_rest(machines)
    sshd.freeze()
    noticed = "channel ssh: not connected"
    until(lambda: all(noticed in machine.diary() for machine in machines), "it is noticed", 90)
    until(lambda: all(connected(machine) for machine in machines), "both are connected again")
    travels(*machines, "afterwards")
