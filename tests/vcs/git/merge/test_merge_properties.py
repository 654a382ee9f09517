"""What holds for every pair of commits, whatever was done in them."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.vcs.git.merge.merge_edits import Edit, Writers, edits, tokens
from tests.vcs.git.merge.merge_world import MARKER, SYMLINK, Clone, Files

some_edits = st.lists(edits, min_size=1, max_size=5)
FEW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


class Story:
    """A base and what several people made of it."""

    def __init__(self, place: str, start: Sequence[Edit]) -> None:
        self.clone = Clone(Path(place))
        self.writers = Writers()
        self.clock = 0
        self.trees: dict[str, Files] = {}
        self.base = self.write((), {}, start)

    def write(self, parents: tuple[str, ...], seen: Files, wanted: Sequence[Edit]) -> str:
        """A commit by somebody who saw `seen` and then made some edits."""
        self.clock += 7
        tree = self.writers.edit(seen, wanted)
        commit = self.clone.commit(tree, *parents, when=1_000_000 + self.clock % 20)
        self.trees[commit] = tree
        return commit

    def branch(self, wanted: Sequence[Edit]) -> str:
        return self.write((self.base,), self.trees[self.base], wanted)

    def merge(self, one: str, two: str) -> str:
        """Merge in both orders, and check what holds for every merge."""
        merged = asyncio.run(self.clone.merged(one, two))
        assert merged == asyncio.run(self.clone.merged(two, one))
        self.trees[merged] = self.clone.files(merged)
        self.check_contents(one, two, merged)
        return merged

    def check_contents(self, one: str, two: str, merged: str) -> None:
        """Nothing but contents of the sides, or lines of them merged; never a marker."""
        sides = [*self.trees[one].values(), *self.trees[two].values()]
        contents = {file.content for file in sides}
        lines = {line for content in contents for line in content.splitlines()}
        for file in self.trees[merged].values():
            assert not MARKER.search(file.content)
            if file.mode == SYMLINK or b"\0" in file.content:
                assert file.content in contents
            assert file.content in contents or lines.issuperset(file.content.splitlines())

    def check_visible(self, merged: str) -> None:
        missing = self.writers.visible() - tokens(self.trees[merged])
        assert not missing


@FEW
@given(some_edits, some_edits, some_edits)
def test_a_merge_is_symmetric_and_loses_nothing_that_nobody_removed(
    start: list[Edit], one: list[Edit], two: list[Edit]
) -> None:
    with TemporaryDirectory() as place:
        story = Story(place, start)
        merged = story.merge(story.branch(one), story.branch(two))
        story.check_visible(merged)


@FEW
@example(
    [Edit("text", b"a", 0)],
    [Edit("text", b"a", 0)],
    [Edit("text", b"a", 0)],
    [Edit("text", b"a/x", 0)],
)
@given(some_edits, some_edits, some_edits, some_edits)
def test_a_merge_of_merges_loses_nothing_either(
    start: list[Edit], one: list[Edit], two: list[Edit], three: list[Edit]
) -> None:
    with TemporaryDirectory() as place:
        story = Story(place, start)
        a, b, c = story.branch(one), story.branch(two), story.branch(three)
        merged = story.merge(story.merge(a, b), story.merge(b, c))
        story.check_visible(merged)
        late = story.write((a,), story.trees[a], three)
        story.check_visible(story.merge(merged, late))


@FEW
@given(some_edits, some_edits, some_edits, some_edits, some_edits)
def test_two_merges_by_hand_of_the_same_commits_lose_nothing(
    start: list[Edit], one: list[Edit], two: list[Edit], mine: list[Edit], yours: list[Edit]
) -> None:
    with TemporaryDirectory() as place:
        story = Story(place, start)
        a, b = story.branch(one), story.branch(two)
        automatic = story.trees[story.merge(a, b)]
        x = story.write((a, b), automatic, mine)
        y = story.write((a, b), automatic, yours)
        story.check_visible(story.merge(x, y))


@FEW
@given(some_edits, some_edits, some_edits)
def test_what_was_merged_stays_merged(start: list[Edit], one: list[Edit], two: list[Edit]) -> None:
    with TemporaryDirectory() as place:
        story = Story(place, start)
        a, b = story.branch(one), story.branch(two)
        merged = story.merge(a, b)
        for part in (a, b, story.base):
            assert asyncio.run(story.clone.merged(merged, part)) == merged
