"""Machines, their remote, and what must be true of them when all is quiet.

The oracle is that of "Mysteries of Dropbox" (Hughes, Pierce, Arts, Norell; ICST 2016): every write
observes what it overwrites, so that in the end each value is in a file, in a conflict copy, or was
overwritten by somebody who had seen it.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from tests.torture import trees
from tests.torture.machine import Machine, run_git
from tests.torture.taps import CutShortError, Words, tapped
from tests.vcs.git.merge.merge_edits import Edit, Writers, tokens
from tests.vcs.git.merge.merge_world import MARKER, File

QUIET_ROUNDS = 6
EMPTY_FOREVER = 2
"""Rounds in which nothing at all may happen any more."""


class World:
    """The scene of a story; every second machine has git from another `program`, if given."""

    def __init__(self, place: Path, number: int, program: str | None = None) -> None:
        self.remote = place / "remote.git"
        run_git(place, "init", "-q", "--bare", "-b", "main", str(self.remote))
        self.writers = Writers()
        programs = [None, program]
        self.machines = [
            Machine(place / f"m{at}", self.remote, program=programs[at % 2]) for at in range(number)
        ]
        self.quiet: set[str] = set()
        """The blobs of everything that was in a tree when its machine had come to rest."""

    async def begin(self, start: Sequence[Edit]) -> None:
        """The first machine makes something for the others to begin with."""
        self.edit(self.machines[0], start, "in place")
        for machine in self.machines:
            await self.sync(machine)

    # --- what happens

    def edit(self, machine: Machine, wanted: Sequence[Edit], style: str) -> None:
        """Somebody edits what the machine shows at this moment."""
        before = machine.files()
        after = self.writers.edit(before, wanted)
        trees.write(os.fsencode(machine.root), before, after, style)

    async def sync(self, machine: Machine) -> None:
        """Let the machine do all it can."""
        await machine.sync()
        self.quiet |= {trees.blob_id(file) for file in machine.files().values()}

    async def race(self, one: Machine, two: Machine) -> None:
        """Two machines at the same time, each a step in turn."""
        for machine in (one, two):
            await machine.hurry()
        more = [True, True]
        while any(more):
            more = [await machine.step() for machine in (one, two)]
        for machine in (one, two):
            await self.sync(machine)

    async def cut_short(self, machine: Machine, number: int) -> None:
        """The machine's round ends before its `number`th git command; all memory is lost."""
        left = [number]

        def tap(_words: Words) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise CutShortError

        try:
            with tapped(tap):
                await machine.sync()
        except* CutShortError:
            pass
        machine.drop()

    # --- what must be true

    async def come_to_rest(self) -> None:
        """After the edits have stopped: one commit everywhere within a few rounds (I5)."""
        for machine in self.machines:
            machine.online(there=True)
        for _ in range(QUIET_ROUNDS):
            for machine in self.machines:
                await self.sync(machine)
            if len(self._heads()) == 1:
                return
        raise AssertionError(f"no common commit after {QUIET_ROUNDS} rounds: {self._heads()}")

    async def check(self) -> None:
        """Everything that the notes promise of a quiet world."""
        await self.come_to_rest()
        await self._nothing_more_happens()
        files = self.machines[0].files()
        for machine in self.machines:
            self._must_be_clean(machine, files)
        self._must_show_everything(files)
        self._must_keep_history()

    def _heads(self) -> set[str]:
        return {machine.head for machine in self.machines} | {self._tip()}

    def _tip(self) -> str:
        return run_git(self.remote, "for-each-ref", "--format=%(objectname)", "refs/heads/main")

    async def _nothing_more_happens(self) -> None:
        """No commit, no push, no change on disk (I5)."""
        before, said = self._refs(), list[Words]()
        trees_before = [machine.files() for machine in self.machines]
        with tapped(said.append):
            for _ in range(EMPTY_FOREVER):
                for machine in self.machines:
                    await machine.sync()
        loud = [words for words in said if words[0] in ("push", "commit-tree", "update-ref")]
        assert not loud, f"it never ends: {loud[:5]}"
        assert self._refs() == before
        assert [machine.files() for machine in self.machines] == trees_before

    def _refs(self) -> list[str]:
        every = [self.remote, *(machine.root for machine in self.machines)]
        return [run_git(folder, "for-each-ref") for folder in every]

    def _must_be_clean(self, machine: Machine, files: dict[bytes, File]) -> None:
        """The same tree as everywhere, the index equal to HEAD (I11), nothing broken."""
        assert machine.files() == files, f"{machine.name} differs"
        assert machine.git("status", "--porcelain") == ""
        assert machine.git("diff-index", "--cached", "HEAD") == ""
        machine.git("fsck", "--strict", "--no-dangling")
        left = list((machine.root / ".git/autosync").glob("displaced/*"))
        assert not left, f"{machine.name} never looked after {left}"

    def _must_show_everything(self, files: dict[bytes, File]) -> None:
        """Nothing is gone that nobody replaced knowingly (I2); no markers (I3)."""
        marked = [path for path, file in files.items() if MARKER.search(file.content)]
        assert not marked, f"conflict markers in {marked}"
        missing = self.writers.visible() - tokens(files)
        assert not missing, f"lost: {sorted(missing)}"

    def _must_keep_history(self) -> None:
        """Every version of a quiet moment is in the history of the remote (I1)."""
        run_git(self.remote, "fsck", "--strict", "--no-dangling")
        listed = run_git(self.remote, "rev-list", "--objects", "--all").splitlines()
        lost = self.quiet - {line.split(" ", 1)[0] for line in listed}
        assert not lost, f"not in history: {lost}"
