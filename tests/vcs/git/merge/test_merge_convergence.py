"""Several machines that edit, fetch, merge and push reach one commit and show everything."""

import asyncio
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.vcs.git.merge.merge_edits import Edit, Writers, edits, tokens
from tests.vcs.git.merge.merge_world import MARKER, Clone

FEW = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
QUIET_ROUNDS = 4

some_edits = st.lists(edits, min_size=1, max_size=4)
steps = st.lists(
    st.tuples(st.sampled_from(("edit", "edit", "sync", "race")), st.integers(0, 3), some_edits),
    min_size=3,
    max_size=14,
)


class Machine:
    """A clone and the commit it is at."""

    def __init__(self, place: Path, head: str, source: Clone) -> None:
        self.clone = Clone(place)
        self.head = head
        self.fetch(source, "refs/heads/main")

    def fetch(self, source: Clone, ref: str) -> str:
        """What another repository has under a ref."""
        self.clone.git("fetch", "-q", str(source.root), f"+{ref}:refs/seen/it")
        return self.clone.line("rev-parse", "refs/seen/it")

    def push(self, server: Clone) -> bool:
        """Whether the server took our head; never forced."""
        done = subprocess.run(
            ("git", "push", "-q", str(server.root), f"{self.head}:refs/heads/main"),
            cwd=self.clone.root,
            env=self.clone.environment,
            capture_output=True,
            check=False,
        )
        return done.returncode == 0


class World:
    """Machines, and a server for those who use it."""

    def __init__(self, place: Path, number: int, start: Sequence[Edit]) -> None:
        self.writers = Writers()
        self.clock = 0
        self.server = Clone(place / "server")
        first = self.server.commit(self.writers.edit({}, start))
        self.server.git("update-ref", "refs/heads/main", first)
        self.server.git("checkout", "-q", "--detach")
        self.machines = [Machine(place / str(at), first, self.server) for at in range(number)]

    def edit(self, machine: Machine, wanted: Sequence[Edit]) -> None:
        """Somebody edits on the basis of what the machine shows."""
        self.clock += 1
        seen = machine.clone.files(machine.head)
        tree = self.writers.edit(seen, wanted)
        when = 1_000_000 + (self.clock * 7) % 11
        machine.head = machine.clone.commit(tree, machine.head, when=when)

    def integrate(self, machine: Machine) -> None:
        """Bring our head and the server's together, and move to the result."""
        tip = machine.fetch(self.server, "refs/heads/main")
        machine.head = merge(machine, tip)

    def sync(self, machine: Machine) -> None:
        self.integrate(machine)
        assert machine.push(self.server)

    def race(self, one: Machine, two: Machine) -> None:
        """Both fetch and merge before either pushes; who is refused begins again."""
        self.integrate(one)
        self.integrate(two)
        for machine in (one, two):
            if not machine.push(self.server):
                self.sync(machine)

    def act(self, step: tuple[str, int, Sequence[Edit]]) -> None:
        what, who, wanted = step
        one, two = (self.machines[(who + at) % len(self.machines)] for at in (0, 1))
        match what:
            case "edit":
                self.edit(one, wanted)
            case "sync":
                self.sync(one)
            case _:
                self.race(one, two)

    def heads(self) -> set[str]:
        return {machine.head for machine in self.machines}

    def check(self) -> None:
        """All are at one commit that shows every version nobody replaced knowingly."""
        (head,) = self.heads()
        found = self.machines[0].clone.files(head)
        assert not any(MARKER.search(file.content) for file in found.values())
        missing = self.writers.visible() - tokens(found)
        assert not missing


def merge(machine: Machine, tip: str) -> str:
    return asyncio.run(machine.clone.merged(machine.head, tip))


@FEW
@given(st.integers(2, 4), some_edits, steps)
def test_machines_that_share_a_server_end_at_one_commit(
    number: int, start: list[Edit], story: list[tuple[str, int, list[Edit]]]
) -> None:
    with TemporaryDirectory() as place:
        world = World(Path(place), number, start)
        for step in story:
            world.act(step)
        rounds = 0
        while len(world.heads()) > 1 or rounds == 0:
            assert rounds < QUIET_ROUNDS
            for machine in world.machines:
                world.sync(machine)
            rounds += 1
        world.check()


@FEW
@given(some_edits, st.lists(some_edits, min_size=3, max_size=3))
def test_machines_without_a_server_end_at_one_commit(
    start: list[Edit], changes: list[list[Edit]]
) -> None:
    """Each merges what both others have, all at the same time, as peers do."""
    with TemporaryDirectory() as place:
        world = World(Path(place), 3, start)
        for machine, wanted in zip(world.machines, changes, strict=True):
            world.edit(machine, wanted)
        rounds = 0
        while len(world.heads()) > 1:
            assert rounds < QUIET_ROUNDS
            exchange(world.machines)
            rounds += 1
        world.check()


def exchange(machines: Sequence[Machine]) -> None:
    """Everybody merges the heads that the others had at the beginning of the round."""
    for machine in machines:
        machine.clone.git("update-ref", "refs/offered", machine.head)
    for machine in machines:
        for other in machines:
            if other is not machine:
                machine.head = merge(machine, machine.fetch(other.clone, "refs/offered"))


def test_two_machines_that_merge_at_the_same_time_make_one_commit(tmp_path: Path) -> None:
    world = World(tmp_path, 2, [Edit("text", b"b.txt", 0)])
    one, two = world.machines
    world.edit(one, [Edit("text", b"b.txt", 0)])
    world.edit(two, [Edit("text", b"b.txt", 0)])
    exchange(world.machines)
    assert one.head == two.head
    world.check()
