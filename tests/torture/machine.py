"""One machine of a story: a clone, and the worker's own steps over the real engine."""

import asyncio
import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from autosyncd.config.model import RepositorySettings
from autosyncd.process import Slots
from autosyncd.vcs.base import Repository
from autosyncd.vcs.git.backend import GitBackend
from autosyncd.watch.base import OnHint, Target, Watch
from autosyncd.worker.memory import Memory, loop_clock
from autosyncd.worker.opening import open_repository
from autosyncd.worker.steps import Steps
from autosyncd.worker.surroundings import Claims, Surroundings
from autosyncd.worker.worker import Worker
from tests.torture import trees
from tests.vcs.git.merge.merge_world import File

LIMIT = 120.0
PAUSE = 0.005
UNFINISHED = (
    *("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "REBASE_HEAD", "BISECT_LOG", "BISECT_START"),
    *("rebase-merge", "rebase-apply", "sequencer"),
)


class Machine:
    """A clone whose remote can be unplugged; its daemon's git may be another `program`."""

    def __init__(self, place: Path, remote: Path, *, program: str | None = None) -> None:
        self.root = place / "tree"
        self.name = place.name
        self.link = place / "remote"
        place.mkdir(parents=True, exist_ok=True)
        self._remote = remote
        self._environment = _environment(place / "bin", program)
        self.online(there=True)
        if not self.root.exists():
            run_git(place, "clone", "-q", str(self.link), str(self.root))
        self._settings = RepositorySettings(
            path=self.root,
            name=place.name,
            settle=0.0,
            push_delay=0.0,
            pull_interval=0.0,
            max_delete=1.0,
            secrets="allow",
        )
        self._driven: tuple[Repository, Memory, Steps] | None = None

    # --- the user

    def files(self) -> dict[bytes, File]:
        """What is in the working tree."""
        return trees.read(os.fsencode(self.root))

    def online(self, *, there: bool) -> None:
        """Plug the remote in or out."""
        if there and not self.link.is_symlink():
            self.link.symlink_to(self._remote)
        elif not there:
            self.link.unlink(missing_ok=True)

    @property
    def offline(self) -> bool:
        """Whether the remote is unplugged."""
        return not self.link.is_symlink()

    def git(self, *arguments: str, stdin: bytes = b"") -> str:
        """What a git command of the user's says."""
        return run_git(self.root, *arguments, stdin=stdin)

    @property
    def head(self) -> str:
        """The commit it is at; empty while it has none."""
        return self.git("for-each-ref", "--format=%(objectname)", "refs/heads/main")

    # --- the worker

    def drop(self) -> None:
        """Forget everything that is only in memory."""
        self._driven = None

    async def opened(self) -> tuple[Repository, Memory, Steps]:
        """The open repository with a worker's memory of it."""
        if self._driven is None:
            around = _surroundings(self.name, self._environment)
            worker = Worker(self._settings, around)
            memory, report = worker._memory, worker._report
            repository = await open_repository(self._settings, around)
            memory.look_again(loop_clock())
            steps = Steps(self._settings, around, repository, memory, report, worker._messages.hear)
            self._driven = repository, memory, steps
        return self._driven

    async def step(self) -> bool:
        """Do the worker's next step, whatever it is; False if there is none."""
        _, memory, steps = await self.opened()
        memory.stale = True
        more = await steps.do_next()
        self.must_be_sane()
        return more

    async def hurry(self) -> None:
        """Everything is due now."""
        _, memory, _ = await self.opened()
        now = loop_clock()
        memory.look_again(now)
        memory.schedule.ask_fetch()
        memory.schedule.push_now(now)
        self._retry(memory)

    async def sync(self) -> None:
        """Do rounds until nothing is left to do, as `autosyncctl sync` would."""
        await self.hurry()
        _, memory, _ = await self.opened()
        limit = time.monotonic() + LIMIT
        while not await self._round(memory):
            assert time.monotonic() < limit, f"{self.name} never comes to rest: {_why(memory)}"
            await asyncio.sleep(PAUSE)
            self._retry(memory)
        self.must_be_merged()

    async def _round(self, memory: Memory) -> bool:
        """Returns whether the worker would rest now."""
        local, remote = memory.local.present, memory.remote.present
        while await self.step():
            pass
        if memory.local.present is local:
            memory.local.solve()
        if memory.remote.present is remote:
            memory.remote.solve()
        excused = memory.remote.present is None or self.offline
        return excused and not (memory.local.present or memory.hints or memory.tidy_at is not None)

    def _retry(self, memory: Memory) -> None:
        now = loop_clock()
        memory.local.retry_now(now)
        memory.remote.retry_now(now)
        memory.schedule.push_now(now)
        if memory.hints:
            memory.schedule.hurry(now)
        if memory.tidy_at is not None:
            memory.tidy_at = now

    # --- what must hold after every step

    def must_be_sane(self) -> None:
        """Never in the middle of anything, and no lock is left (I4)."""
        git_dir = self.root / ".git"
        found = [name for name in UNFINISHED if (git_dir / name).exists()]
        locks = [*git_dir.glob("*.lock"), *(git_dir / "refs").rglob("*.lock")]
        assert not found, f"{self.name} is left in the middle of {found}"
        assert not locks, f"{self.name} is left with {locks}"

    def must_be_merged(self) -> None:
        """No unmerged entries in the index (I4)."""
        assert self.git("ls-files", "-u") == ""


class _Blind:
    """Sees nothing: a machine here looks everywhere in each round."""

    def watch(self, target: Target, on_hint: OnHint) -> Watch:
        raise NotImplementedError


def run_git(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    """What a git command says that must succeed."""
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], input=stdin, capture_output=True, check=False
    )
    assert done.returncode == 0, (arguments, done.stderr or done.stdout)
    return os.fsdecode(done.stdout).rstrip("\n")


def _surroundings(name: str, environment: Mapping[str, str]) -> Surroundings:
    return Surroundings(
        backends=(GitBackend(),),
        watcher=_Blind(),
        publish=lambda _event: None,
        slots=Slots(4),
        claims=Claims(),
        machine=f"{name:0>16}",
        host=name,
        user="tester",
        environment=environment,
    )


def _environment(folder: Path, program: str | None) -> dict[str, str]:
    """This process's, with another git first in the PATH if one is wanted."""
    if program is None:
        return dict(os.environ)
    folder.mkdir(exist_ok=True)
    (folder / "git").unlink(missing_ok=True)
    (folder / "git").symlink_to(program)
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def _why(memory: Memory) -> str:
    troubles = (memory.local.present, memory.remote.present)
    told = [f"{t.operation}: {t.message}" for t in troubles if t]
    return "; ".join(told) or f"hints {memory.hints.take()}, tidy at {memory.tidy_at}"
