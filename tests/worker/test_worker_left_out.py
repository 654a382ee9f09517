"""What was left out stays known until it is looked at again, and is told once."""

from pathlib import Path

from autosyncd.api.events import Event, Held
from autosyncd.config.model import RepositorySettings
from autosyncd.vcs.base import Left, Look
from autosyncd.worker.report import Report

LEFT = Left(b"a/key", "it holds a secret")


def told_by(*looks: tuple[frozenset[bytes] | None, Look]) -> tuple[int, set[bytes]]:
    """How often it was told, and what is held in the end."""
    events: list[Event] = []
    report = Report(RepositorySettings(path=Path("/docs"), name="docs"), events.append)
    report.left_out(None, Look(left_out=(LEFT,)))
    for paths, look in looks:
        report.left_out(paths, look)
    return sum(isinstance(event, Held) for event in events), set(report.held)


def test_looks_elsewhere_change_nothing() -> None:
    assert told_by((frozenset({b"b", b"a/k", b"a/key/x"}), Look())) == (1, {b"a/key"})


def test_a_look_at_it_or_at_a_folder_around_it_frees_it() -> None:
    for paths in (None, frozenset({b""}), frozenset({b"a"}), frozenset({b"a/key"})):
        assert told_by((paths, Look())) == (1, set())


def test_one_that_is_being_written_stays_held_and_is_not_told_again() -> None:
    here = frozenset({b"a/key"})
    looks = (here, Look(unstable=(b"a/key",))), (here, Look(left_out=(LEFT,)))
    assert told_by(*looks) == (1, {b"a/key"})


def test_another_reason_is_told() -> None:
    other = Left(b"a/key", "it is too large")
    assert told_by((frozenset({b"a/key"}), Look(left_out=(other,)))) == (2, {b"a/key"})
