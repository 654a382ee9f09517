"""Which bubbles are shown, and when."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autosyncctl.agent.bubbles import Act, Bubble, Offer
from autosyncctl.agent.digest import GAP, MOMENT, Digest, Wish
from autosyncd.api.events import (
    Committed,
    Conflict,
    Event,
    Held,
    Integrated,
    Problem,
    Pushed,
    Solved,
    StateChanged,
)
from autosyncd.api.types import State


def committed(name: str = "docs", subject: str = "update a on laptop", commit: str = "c1") -> Event:
    return Committed(time=1, repository=name, commit=commit, subject=f"{name}: {subject}", files=1)


def pushed(name: str = "docs") -> Event:
    return Pushed(
        time=1, repository=name, commit="c1", remote="origin", url=None, branch="main", commits=1
    )


def integrated(name: str = "docs", files: int = 3) -> Event:
    return Integrated(
        time=1,
        repository=name,
        commit="c1",
        previous=None,
        remote="origin",
        how="fast-forward",
        files=files,
    )


def problem(message: str = "no permission", name: str = "docs") -> Event:
    return Problem(time=1, repository=name, operation="push", message=message, hint="ask for it")


def solved(name: str = "docs") -> Event:
    return Solved(time=1, repository=name, operation="push", message="it was pushed")


def state(value: State, name: str = "docs") -> Event:
    return StateChanged(time=1, repository=name, state=value)


def begun(wish: Wish = "all") -> Digest:
    digest = Digest()
    digest.begin({"docs": wish, "notes": wish}, {"docs": "idle", "notes": "idle"}, 0.0)
    return digest


def all_bubbles(digest: Digest) -> list[tuple[float, Bubble]]:
    """All that is shown from now on, if nothing else happens."""
    shown: list[tuple[float, Bubble]] = []
    while (due := digest.due) is not None:
        if bubble := digest.take(due):
            shown.append((due, bubble))
    return shown


def test_what_happens_together_is_one_bubble_that_offers_to_describe_the_commit() -> None:
    digest = begun()
    digest.hear(integrated(files=1), 10.0)
    digest.hear(committed(), 10.2)
    assert digest.take(10.3) is None
    ((at, bubble),) = all_bubbles(digest)
    assert at == 10.0 + MOMENT
    assert bubble.title == "docs"
    assert bubble.body == "Committed: update a on laptop\nPulled 1 file from origin"
    assert bubble.offers == (Offer(Act.DESCRIBE, "docs", "c1"),)
    assert not bubble.stays


def test_a_pushed_commit_can_not_be_described_any_more() -> None:
    digest = begun()
    digest.hear(committed(), 10.0)
    digest.hear(pushed(), 10.1)
    ((_, bubble),) = all_bubbles(digest)
    assert bubble.body == "Committed: update a on laptop\nPushed to origin/main"
    assert bubble.offers == ()


def test_several_repositories_share_one_bubble() -> None:
    digest = begun()
    digest.hear(committed(commit="c1"), 10.0)
    digest.hear(committed(commit="c2"), 10.0)
    digest.hear(committed("notes", "add b on laptop"), 10.1)
    for number in range(4):
        digest.hear(integrated(f"other{number}"), 10.2)
    ((_, bubble),) = all_bubbles(digest)
    assert bubble.title == "autosync: 6 repositories"
    assert bubble.body.split("\n") == [
        "docs: 2 commits: … update a on laptop",
        "notes: Committed: add b on laptop",
        "other0: Pulled 3 files from origin",
        "other1: Pulled 3 files from origin",
        "and 2 more",
    ]


def test_a_problem_is_told_once_however_often_it_is_tried_again() -> None:
    digest = begun()
    for moment in range(20):
        digest.hear(state("blocked"), float(moment))
        digest.hear(problem(), float(moment))
    ((_, bubble),) = all_bubbles(digest)
    assert bubble.title == "docs: cannot push"
    assert bubble.body == "no permission\nask for it"
    assert bubble.stays
    assert [offer.act for offer in bubble.offers] == [Act.RETRY, Act.PAUSE]


def test_a_problem_that_changed_is_told_again_and_a_solved_one_replaced() -> None:
    digest = begun()
    digest.hear(problem("one"), 0.0)
    first = all_bubbles(digest)
    digest.hear(problem("two"), 10.0)
    second = all_bubbles(digest)
    digest.hear(solved(), 20.0)
    third = all_bubbles(digest)
    bubbles = [bubble for _, bubble in (*first, *second, *third)]
    assert len({bubble.key for bubble in bubbles}) == 1
    assert [bubble.title for bubble in bubbles] == ["docs: cannot push"] * 2 + ["docs: solved"]
    assert [bubble.stays for bubble in bubbles] == [True, True, False]


def test_a_problem_that_changes_and_passes_before_that_is_told_is_replaced() -> None:
    digest = begun()
    digest.hear(problem("one"), 0.0)
    assert len(all_bubbles(digest)) == 1
    digest.hear(problem("two"), 10.0)
    digest.hear(solved(), 10.1)
    ((_, bubble),) = all_bubbles(digest)
    assert bubble.title == "docs: solved"


def test_a_problem_that_passes_at_once_is_never_told() -> None:
    digest = begun()
    digest.hear(problem(), 0.0)
    digest.hear(solved(), 0.5)
    assert all_bubbles(digest) == []


def test_a_remote_out_of_reach_is_no_news() -> None:
    digest = begun()
    digest.hear(problem("cannot reach the server"), 0.0)
    digest.hear(state("offline"), 0.1)
    assert all_bubbles(digest) == []
    digest.hear(solved(), 9.0)
    assert all_bubbles(digest) == []


def test_what_was_told_is_replaced_also_after_the_remote_was_out_of_reach() -> None:
    digest = begun()
    digest.hear(problem("one"), 0.0)
    assert len(all_bubbles(digest)) == 1
    digest.hear(state("offline"), 10.0)
    digest.hear(problem("two"), 10.0)
    assert all_bubbles(digest) == []
    digest.hear(solved(), 20.0)
    ((_, bubble),) = all_bubbles(digest)
    assert bubble.title == "docs: solved"


def test_a_conflict_stays_and_leads_to_its_folder() -> None:
    digest = begun("problems")
    digest.hear(Conflict(time=1, repository="docs", paths=("a", "b"), detail="both"), 0.0)
    ((_, bubble),) = all_bubbles(digest)
    assert bubble.title == "docs: conflict in 2 files"
    assert bubble.stays
    assert bubble.offers == (Offer(Act.SHOW, "docs"),)


def test_what_is_left_out_is_gathered_by_repository() -> None:
    digest = begun("problems")
    for path in ("key", "big"):
        digest.hear(Held(time=1, repository="docs", path=path, why="it is secret"), 0.0)
    ((_, bubble),) = all_bubbles(digest)
    assert bubble.body == "key: it is secret\nbig: it is secret"


@pytest.mark.parametrize(("wish", "number"), [("all", 2), ("problems", 1), ("none", 0)])
def test_a_repository_gets_the_bubbles_it_wants(wish: Wish, number: int) -> None:
    digest = begun(wish)
    digest.hear(committed(), 0.0)
    digest.hear(problem(), 0.0)
    assert len(all_bubbles(digest)) == number


def test_a_channel_that_only_the_user_can_mend_is_told_too() -> None:
    digest = begun()
    refused = Problem(time=1, operation="connect to xmpp", message="wrong password", hint="mend it")
    digest.hear(refused, 0.0)
    ((_, bubble),) = all_bubbles(digest)
    assert (bubble.title, bubble.body) == (
        "autosync: cannot connect to xmpp",
        "wrong password\nmend it",
    )
    assert bubble.stays
    assert bubble.offers == ()
    digest.begin({}, {"": "blocked"}, 10.0)
    assert all_bubbles(digest) == []
    digest.hear(Solved(time=1, operation="connect to xmpp", message="wrong password"), 20.0)
    ((_, bubble),) = all_bubbles(digest)
    assert bubble.title == "autosync: solved"
    digest.begin({"": "none"}, {}, 30.0)
    digest.hear(refused, 30.0)
    assert all_bubbles(digest) == []


def test_what_was_solved_while_nobody_listened_is_replaced() -> None:
    digest = begun()
    digest.hear(state("blocked"), 0.0)
    digest.hear(problem(), 0.0)
    assert len(all_bubbles(digest)) == 1
    digest.begin({}, {"docs": "blocked"}, 50.0)
    assert all_bubbles(digest) == []
    digest.begin({}, {"docs": "idle"}, 60.0)
    ((_, bubble),) = all_bubbles(digest)
    assert bubble.title == "docs: solved"


def test_names_and_messages_can_not_break_a_line() -> None:
    digest = begun()
    digest.hear(committed(subject="a\x1b[31m\nb"), 0.0)
    ((_, bubble),) = all_bubbles(digest)
    assert "\x1b" not in bubble.body
    assert "\n" not in bubble.body


EVENTS = st.one_of(
    st.builds(committed, st.sampled_from(["docs", "notes"])),
    st.builds(pushed, st.sampled_from(["docs", "notes"])),
    st.builds(problem, st.sampled_from(["x", "y"]), st.sampled_from(["docs", "notes"])),
    st.builds(solved, st.sampled_from(["docs", "notes"])),
    st.builds(state, st.sampled_from(["idle", "blocked", "offline"])),
)


@settings(max_examples=300)
@given(st.lists(st.tuples(st.floats(0, 2), EVENTS), max_size=40))
def test_bubbles_keep_their_distance_and_all_problems_end_told_or_solved(
    story: list[tuple[float, Event]],
) -> None:
    digest, now = begun(), 0.0
    shown: list[tuple[float, Bubble]] = []
    for wait, event in story:
        while (due := digest.due) is not None and due <= now + wait:
            if bubble := digest.take(due):
                shown.append((due, bubble))
        now += wait
        digest.hear(event, now)
    shown += all_bubbles(digest)
    times = [at for at, _ in shown]
    assert all(later - earlier > GAP - 1e-6 for earlier, later in pairwise(times))
    last = {bubble.key: bubble for _, bubble in shown}
    for name in ("docs", "notes"):
        troubles = [e for _, e in story if isinstance(e, Problem | Solved) and e.repository == name]
        bubble = last.get(f"problem:push:{name}")
        if troubles and isinstance(troubles[-1], Solved) and bubble:
            assert not bubble.stays
