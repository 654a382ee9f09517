"""A daemon's disk loses its power again and again: `PLACE KIND SEED CUTS`, as root, in a mount
namespace of its own. Prints how often what had been said."""

import asyncio
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from tests.daemon.house import House, house, quick
from tests.torture.machine import Machine, run_git
from tests.torture.power_disk import PowerDisk
from tests.torture.power_user import behind, version, whole
from tests.torture.taps import believing_in_death, impatient

ROOT = Path(__file__).parents[2]
PATIENCE = 240.0
INCOMING = [f"theirs/{number}" for number in range(12)]
WANTED = ("committed", "pushed", "integrated")


class PowerStory:
    """The daemon's machine on a disk of its own; remote and peer are elsewhere, with power."""

    def __init__(self, place: Path, kind: str, seed: int) -> None:
        self.said: Counter[str] = Counter()
        self._place = place
        self._dice = random.Random(seed)
        self._disk = PowerDisk(place, kind)
        self._tree = self._disk.folder / "tree"
        self._remote = place / "remote.git"
        run_git(place, "init", "-q", "--bare", "-b", "main", str(self._remote))
        self._peer = Machine(place / "peer", self._remote)
        self._round = 0

    async def begin(self) -> None:
        """The peer pushes something, and the machine clones it."""
        self._write_there()
        await self._peer.sync()
        self._disk.turn_on()
        run_git(self._disk.folder, "clone", "-q", str(self._remote), str(self._tree))
        run_git(self._tree, "config", "core.fsync", "all")
        os.sync()

    async def cut(self) -> None:
        """A life of the daemon, its sudden end, and what must be true afterwards."""
        told = await self._live()
        self._disk.take_out()
        self._disk.turn_on()
        self._must_be_sound(told)
        await self._go_on()
        self.said.update(kind for kind, _ in told)

    def end(self) -> None:
        """Leave nothing mounted."""
        self._disk.take_out()

    def _write_there(self) -> None:
        self._round += 1
        for name in INCOMING:
            path = self._peer.root / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(version(self._round))

    async def _live(self) -> list[tuple[str, str]]:
        """Returns what the daemon had said when the power went."""
        spoken = self._place / f"said-{self._round}"
        life = self._start(spoken)
        try:
            await self._until_busy(spoken, life)
            self._disk.cut_power()
        finally:
            life.kill()
            life.wait()
        lines = (line.split() for line in spoken.read_text().splitlines())
        return [(kind, commit) for kind, commit in lines]

    def _start(self, spoken: Path) -> "subprocess.Popen[bytes]":
        module = (sys.executable, "-m", "tests.torture.power_life", str(self._disk.folder))
        arguments = (str(self._dice.random()), str(self._round * 1000))
        with spoken.open("w") as out:
            return subprocess.Popen([*module, *arguments], cwd=ROOT, stdout=out)

    async def _until_busy(self, spoken: Path, life: "subprocess.Popen[bytes]") -> None:
        """An update comes in, and the daemon does one thing of each kind; in the next one, a random
        moment."""
        await self._push_there()
        limit = time.monotonic() + PATIENCE
        while not all(kind in spoken.read_text() for kind in WANTED):
            assert time.monotonic() < limit, f"it only said {spoken.read_text()[-500:]!r}"
            assert life.poll() is None
            await asyncio.sleep(0.01)
        await self._push_there()
        await asyncio.sleep(self._dice.uniform(0, 0.4))  # the moment itself is what is tested

    async def _push_there(self) -> None:
        self._write_there()
        await self._peer.sync()

    # --- what must be true

    def _must_be_sound(self, told: list[tuple[str, str]]) -> None:
        """Before any daemon has looked after it."""
        run_git(self._tree, "fsck", "--strict", "--no-dangling")
        for kind, commit in told:
            place = self._remote if kind == "pushed" else self._tree
            known = _git_succeeds(place, "merge-base", "--is-ancestor", commit, "main")
            assert known, f"{kind} {commit} was said, and {place} does not have it"
        late = list(behind(whole(self._committed()), self._there()))
        assert not late, f"the working tree is behind HEAD: {late}"

    async def _go_on(self) -> None:
        """The next daemon finds its way, and all machines end up the same."""
        before = whole(self._there())
        settings = quick(self._tree, max_delete=1.0)
        with impatient(), believing_in_death():
            async with house(self._disk.folder, [settings], lost_power_at=time.time()) as home:
                await self._agree(home)
        late = list(behind(before, self._there()))
        assert not late, f"the next daemon has undone {late}"
        run_git(self._tree, "fsck", "--strict", "--no-dangling")
        assert run_git(self._tree, "diff-index", "--cached", "HEAD") == ""

    async def _agree(self, home: House) -> None:
        busy = ("idle", "settling", "syncing", "waiting")
        await home.until(lambda: home.state("tree") in busy, PATIENCE)
        limit = time.monotonic() + PATIENCE
        for _ in range(2):  # what is on disk is committed, and gets to the peer
            await home.daemon.sync(["tree"], wait=True)
            await self._peer.sync()
        while len(heads := self._heads()) > 1:
            assert time.monotonic() < limit, heads
            await home.daemon.sync(["tree"], wait=True)
            await self._peer.sync()

    def _heads(self) -> set[str]:
        folders = (self._tree, self._remote, self._peer.root)
        return {run_git(folder, "rev-parse", "main") for folder in folders}

    def _there(self) -> dict[str, str]:
        """What the disk has; half a draft of the user's is nobody's business."""
        files = [path for path in self._tree.rglob("*") if path.is_file()]
        names = {str(path.relative_to(self._tree)): path for path in files}
        return {
            name: path.read_text(errors="replace")
            for name, path in names.items()
            if not name.startswith(".git/") and not name.endswith("~")
        }

    def _committed(self) -> dict[str, str]:
        names = run_git(self._tree, "ls-tree", "-r", "-z", "--name-only", "HEAD").split("\0")
        return {name: self._shown(name) for name in names if name}

    def _shown(self, name: str) -> str:
        """To the byte: what a power cut has left of a log ends anywhere."""
        command = ["git", "-C", str(self._tree), "cat-file", "blob", f"HEAD:{name}"]
        done = subprocess.run(command, capture_output=True, check=True)
        return done.stdout.decode(errors="replace")


def _git_succeeds(folder: Path, *arguments: str) -> bool:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


async def main(place: Path, kind: str, seed: int, cuts: int) -> None:
    """Cut the power so many times."""
    story = PowerStory(place, kind, seed)
    await story.begin()
    try:
        for _ in range(cuts):
            await story.cut()
    finally:
        story.end()
    print(" ".join(f"{kind}:{story.said[kind]}" for kind in WANTED))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
