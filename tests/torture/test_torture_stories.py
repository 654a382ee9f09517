"""I1, I2, I3, I4, I5, I11 and I12: whatever people and fate do, all machines end up the same."""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.torture.story import Story

QUICK = settings(
    max_examples=4,
    stateful_step_count=10,
    deadline=None,
    derandomize="CI" in os.environ,  # a landing repeats known stories; `make torture` searches
    print_blob=True,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to shrink a story takes minutes
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.timeout(600)
def test_every_story_ends_with_one_commit_that_shows_everything() -> None:
    run_state_machine_as_test(Story, settings=QUICK)
