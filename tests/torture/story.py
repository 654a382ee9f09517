"""Stories of machines, as hypothesis invents them: a state machine over `World`."""

import asyncio
from collections.abc import Coroutine
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.torture import trees
from tests.torture.machine import Machine
from tests.torture.other_git import other_git
from tests.torture.taps import impatient
from tests.torture.world import World
from tests.vcs.git.merge.merge_edits import Edit, edits

OTHER_GIT = other_git()
some_edits = st.lists(edits, min_size=1, max_size=4)
who = st.integers(0, 4)
styles = st.sampled_from(trees.STYLES)


class Story(RuleBasedStateMachine):
    """2 to 5 machines, one remote, and everything that people and fate do to them."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        place = self._stack.enter_context(TemporaryDirectory(prefix="autosync-torture-"))
        self._stack.enter_context(impatient())
        self._runner = self._stack.enter_context(asyncio.Runner())
        self._place = Path(place)
        self._world: World | None = None

    @initialize(number=st.integers(2, 5), start=some_edits)
    def begin(self, number: int, start: list[Edit]) -> None:
        """Some machines with the same few files."""
        self._world = World(self._place, number, OTHER_GIT)
        self._do(self._world.begin([Edit("text", b"b.txt", 0), *start]))

    @rule(at=who, wanted=some_edits, style=styles)
    def edit(self, at: int, wanted: list[Edit], style: str) -> None:
        """Somebody edits."""
        self.world.edit(self._machine(at), wanted, style)

    @rule(one=who, two=who, wanted=some_edits, other=some_edits)
    def edit_the_same(self, one: int, two: int, wanted: list[Edit], other: list[Edit]) -> None:
        """Two edit the same path."""
        path = wanted[0].path
        self.world.edit(self._machine(one), wanted, "in place")
        same = [Edit(edit.kind, path, edit.number) for edit in other]
        self.world.edit(self._machine(two), same, "rename over")

    @rule(at=who)
    def sync(self, at: int) -> None:
        """One machine does all it can."""
        self._do(self.world.sync(self._machine(at)))

    @rule(at=who, steps=st.integers(1, 4))
    def step(self, at: int, steps: int) -> None:
        """One machine does only a part of it."""
        machine = self._machine(at)
        self._do(machine.hurry())
        for _ in range(steps):
            self._do(machine.step())

    @rule(one=who, two=who)
    def race(self, one: int, two: int) -> None:
        """Two machines at the same time."""
        if self._machine(one) is not self._machine(two):
            self._do(self.world.race(self._machine(one), self._machine(two)))

    @rule(at=who, number=st.integers(0, 60))
    def cut_short(self, at: int, number: int) -> None:
        """A machine's daemon ends somewhere in its work."""
        self._do(self.world.cut_short(self._machine(at), number))

    @rule(at=who)
    def unplug(self, at: int) -> None:
        """A machine loses its network."""
        self._machine(at).online(there=False)

    @precondition(lambda self: self._world and any(m.offline for m in self._world.machines))
    @rule()
    def plug_in(self) -> None:
        """The network is back, for all."""
        for machine in self.world.machines:
            machine.online(there=True)

    def teardown(self) -> None:
        """The end of every story."""
        try:
            if self._world:
                self._do(self._world.check())
        finally:
            self._stack.close()

    @property
    def world(self) -> World:
        """The scene, which `begin` has set."""
        assert self._world
        return self._world

    def _machine(self, at: int) -> Machine:
        return self.world.machines[at % len(self.world.machines)]

    def _do(self, work: Coroutine[object, object, object]) -> None:
        self._runner.run(work)
