"""The table of states and triggers."""

from itertools import product
from typing import get_args

import pytest

from autosyncd.api.types import State
from autosyncd.core.lifecycle import OUTSIDE, ImpossibleMoveError, Phase, Trigger, move, public


def test_the_world_never_crashes_a_worker() -> None:
    for phase, trigger in product(Phase, OUTSIDE):
        move(phase, trigger)


def test_a_trigger_from_inside_without_a_row_is_a_bug() -> None:
    with pytest.raises(ImpossibleMoveError):
        move(Phase.PAUSED, Trigger.COMMIT)


def test_a_paused_worker_begins_no_step() -> None:
    steps = (Trigger.COMMIT, Trigger.FETCH, Trigger.INTEGRATE, Trigger.PUSH)
    for trigger in steps:
        with pytest.raises(ImpossibleMoveError):
            move(Phase.PAUSED, trigger)


def test_every_public_state_is_reached_and_no_other() -> None:
    assert {public(phase)[0] for phase in Phase} == set(get_args(State))


def test_a_change_while_paused_or_blocked_changes_no_state() -> None:
    assert move(Phase.PAUSED, Trigger.CHANGE) is Phase.PAUSED
    assert move(Phase.BLOCKED, Trigger.CHANGE) is Phase.BLOCKED


def test_any_phase_may_crash_stop_and_start() -> None:
    for phase in Phase:
        assert move(phase, Trigger.CRASH) is Phase.FAILED
        assert move(phase, Trigger.STOP) is Phase.STOPPED
        assert move(phase, Trigger.START) is Phase.STARTING
