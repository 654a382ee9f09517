"""The next step, from what is known alone."""

import itertools
from dataclasses import replace

import pytest

from autosyncd.core.plan import Relation, Step, View, apart, in_step, next_step


def test_a_settled_change_is_committed_before_anything_else() -> None:
    for relation in Relation:
        view = View(relation=relation, settled=True, fetch_due=True, push_due=True)
        assert next_step(view) is Step.COMMIT


def test_nothing_at_all_is_done_while_hands_are_off() -> None:
    for relation in Relation:
        view = View(relation=relation, settled=True, fetch_due=True, push_due=True, hands_off=True)
        assert next_step(view) is Step.REST


def test_before_a_push_the_remote_is_asked() -> None:
    view = View(relation=Relation.AHEAD, push_due=True, fetched=False)
    assert next_step(view) is Step.FETCH
    assert next_step(View(relation=Relation.AHEAD, push_due=True, fetched=True)) is Step.PUSH


def test_what_the_remote_has_comes_in_before_ours_goes_out() -> None:
    view = View(relation=Relation.DIVERGED, push_due=True, fetched=True)
    assert next_step(view) is Step.INTEGRATE


def test_a_commit_waits_for_its_push_delay() -> None:
    assert next_step(View(relation=Relation.AHEAD, push_due=False, fetched=True)) is Step.REST


def test_a_new_branch_is_published() -> None:
    assert next_step(View(relation=Relation.UNPUBLISHED, push_due=True, fetched=True)) is Step.PUSH


@pytest.mark.parametrize("relation", list(Relation))
def test_a_shut_remote_is_left_alone(relation: Relation) -> None:
    view = View(relation=relation, remote_shut=True, fetch_due=True, push_due=True)
    assert next_step(view) is Step.REST


@pytest.mark.parametrize("relation", list(Relation))
def test_sync_commit_never_talks_to_a_remote(relation: Relation) -> None:
    view = View(relation=relation, fetch_due=True, push_due=True, pulls=False, pushes=False)
    assert next_step(view) is Step.REST


def test_sync_push_never_integrates_and_sync_pull_never_pushes() -> None:
    for relation, fetched, due in itertools.product(Relation, (True, False), (True, False)):
        view = View(relation=relation, fetched=fetched, fetch_due=due, push_due=True)
        assert next_step(replace(view, pulls=False)) is not Step.INTEGRATE
        assert next_step(replace(view, pushes=False)) is not Step.PUSH


def test_what_is_not_in_step_with_anything_is_not_said_to_be() -> None:
    for relation, pulls, pushes in itertools.product(Relation, (True, False), (True, False)):
        done = in_step(relation, pulls=pulls, pushes=pushes)
        same = relation is Relation.SAME and (pulls or pushes)
        if done:
            assert (apart(relation, pulls=pulls, pushes=pushes) is None) == same
    alone = apart(Relation.NO_REMOTE, pulls=True, pushes=True)
    assert alone == "committed here only: it has no remote to be in step with"


def test_in_step_means_that_nothing_wanted_is_left_to_do() -> None:
    assert in_step(Relation.SAME, pulls=True, pushes=True)
    assert in_step(Relation.NO_REMOTE, pulls=True, pushes=True)
    assert not in_step(Relation.AHEAD, pulls=True, pushes=True)
    assert in_step(Relation.AHEAD, pulls=True, pushes=False)
    assert not in_step(Relation.BEHIND, pulls=True, pushes=False)
    assert in_step(Relation.BEHIND, pulls=False, pushes=True)
    assert not in_step(Relation.DIVERGED, pulls=True, pushes=False)
