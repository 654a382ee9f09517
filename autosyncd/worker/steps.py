"""The steps of one open repository, and what goes wrong in them."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace

from autosyncd.config.model import RepositorySettings
from autosyncd.core.approval import Approval
from autosyncd.core.changes import Change
from autosyncd.core.lifecycle import Trigger, public
from autosyncd.core.plan import Relation, Step, View, next_step
from autosyncd.core.typed import in_folder
from autosyncd.errors import (
    AutosyncError,
    EditedError,
    LeftOutError,
    NeedsUserError,
    OfflineError,
    ProgramTimeoutError,
    RejectedError,
    RemoteNeedsUserError,
    RetryError,
    ToolError,
)
from autosyncd.vcs.base import Look, Repository, Standing
from autosyncd.worker.copies import Copies
from autosyncd.worker.describe import describe
from autosyncd.worker.hints import Hinted
from autosyncd.worker.incoming import incoming
from autosyncd.worker.meanwhile import Hear, Meanwhile
from autosyncd.worker.memory import TIDY_AFTER, Memory, loop_clock
from autosyncd.worker.peers import Peers
from autosyncd.worker.report import Report
from autosyncd.worker.steady import Steady
from autosyncd.worker.surroundings import Surroundings
from autosyncd.worker.troubles import QUICK, REMOTE, SLOW

EDITS = 30
"""How often a move that met a user's edit is tried again at once."""

REJECTIONS = 8
"""How often a push that came too late is tried again at once."""

FIRST_PAUSE = 0.05

UNDISTURBED = 20.0
"""Seconds that a merge gets to be pushed before local commits go on, once one was overtaken by such
a commit: else a slow remote and a busy user keep what came in out for ever."""

FEW_HELD = 20
"""Up to so many held paths are looked at again each time: other things than an edit of theirs may
have set them free."""


class Steps:
    """Does the next step, as long as there is one."""

    def __init__(
        self,
        settings: RepositorySettings,
        surroundings: Surroundings,
        repository: Repository,
        memory: Memory,
        report: Report,
        hear: Hear,
    ) -> None:
        self._settings = settings
        self._around = surroundings
        self._repository = repository
        self._memory = memory
        self._report = report
        self._copies = Copies()
        self._steady = Steady(repository, memory.guard, settings.max_settle)
        self._peers = Peers(repository, report)
        self._meanwhile = Meanwhile(memory, hear, self._commit_meanwhile)

    async def do_next(self) -> bool:
        """Look where the repository stands if somebody moved it, then do one step.

        Returns False when there is nothing to do now.
        """
        memory = self._memory
        await self._describe()
        if memory.stale and not memory.local.shut(loop_clock()):
            await self._attempt("inspect", self._inspect_others_work)
        if memory.tidy_at is not None and memory.tidy_at <= loop_clock() and not self._hands_off():
            await self._attempt("tidy", self._tidy)
        step = next_step(self._view())
        if step is Step.REST:
            return False
        self._report.enter(Trigger[step.name])
        await self._attempt(step.value, self._work(step))
        return True

    async def _describe(self) -> None:
        """Give commits the words that the user has for them, before they can be pushed."""
        for asked in self._memory.take_descriptions():
            try:
                commit = await self._repository.describe(asked.commit, asked.text)
            except AutosyncError as error:
                error.hint = in_folder(error.hint, self._settings.path)
                asked.refuse(error)
                continue
            self._report.described(asked.commit, commit, asked.text)
            try:
                await self._attempt("inspect", self._inspect)
            finally:
                asked.answer(commit)

    def _work(self, step: Step) -> Callable[[], Awaitable[None]]:
        return {
            Step.COMMIT: self._commit,
            Step.FETCH: self._fetch,
            Step.INTEGRATE: self._integrate,
            Step.PUSH: self._push,
        }[step]

    def _view(self) -> View:
        now, standing, schedule = loop_clock(), self._report.standing, self._memory.schedule
        return View(
            relation=standing.relation if standing else Relation.NO_REMOTE,
            settled=schedule.settled(now),
            hands_off=self._hands_off(),
            remote_shut=self._memory.remote.shut(now),
            fetch_due=schedule.fetch_due(now),
            fetched=schedule.fetched or self._memory.edits > 0,
            push_due=schedule.push_due(now),
            pulls=self._settings.pulls,
            pushes=self._settings.pushes,
        )

    def _hands_off(self) -> bool:
        return self._report.standing is None or self._memory.local.shut(loop_clock())

    async def _tidy(self) -> None:
        """Look after what moves left behind; it may make commits."""
        later = await self._repository.tidy()
        self._report.left_apart("late", self._memory.guard.late.held)
        self._memory.tidy_at = None if later is None else loop_clock() + later

    async def _attempt(self, operation: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do one thing; what goes wrong decides when it is tried again."""
        try:
            await work()
        except RejectedError as error:
            await self._rejected(operation, error)
        except EditedError as error:
            self._edited(operation, error)
        except LeftOutError as error:
            self._left_out(error.paths)
        except RetryError as error:
            self._memory.local.fail(operation, error, QUICK, loop_clock())
        except (OfflineError, RemoteNeedsUserError) as error:
            # Without its server a central tool can't commit: nothing goes on until it is back.
            memory = self._memory
            side = memory.local if operation == "commit" else memory.remote
            side.fail(operation, error, REMOTE, loop_clock())
        except (NeedsUserError, ToolError, ProgramTimeoutError) as error:
            self._memory.local.fail(operation, error, SLOW, loop_clock())

    def _edited(self, operation: str, error: EditedError) -> None:
        """Somebody was faster than the move: commit that at once, merge and move again."""
        memory, now = self._memory, loop_clock()
        memory.edits += 1
        memory.hints.add(error.paths, now)
        memory.schedule.hurry(now)
        if memory.edits > EDITS:
            memory.local.fail(operation, error, QUICK, now)

    def _left_out(self, paths: frozenset[bytes]) -> None:
        """What the remote refuses is in no commit any more: hold it, and push the rest."""
        memory, now = self._memory, loop_clock()
        self._forget(memory.guard.refused(paths))
        memory.stale = True
        memory.hints.add(paths, now)
        memory.schedule.hurry(now)

    async def _rejected(self, operation: str, error: RejectedError) -> None:
        """Another machine was faster: take in what it pushed, and try again."""
        memory = self._memory
        memory.schedule.ask_fetch()
        memory.rejections += 1
        if not self._settings.pulls:
            refusal = RemoteNeedsUserError(
                "the remote has commits that are not here, and `sync: push` never pulls",
                hint="set `sync: both`, or merge them by hand",
            )
            memory.remote.fail(operation, refusal, REMOTE, loop_clock())
        elif memory.rejections > REJECTIONS:
            memory.remote.fail(operation, OfflineError(error.message), REMOTE, loop_clock())
        else:
            longest = FIRST_PAUSE * 2**memory.rejections
            await asyncio.sleep(random.random() * longest)  # noqa: S311 - parts racing machines

    async def _inspect(self) -> None:
        before = self._report.standing
        standing = await self._repository.inspect()
        self._report.standing = standing
        self._report.left_apart("withheld", standing.withheld)
        await self._count_copies(standing.head)
        if standing.obstacle:
            self._memory.stale = True
            raise NeedsUserError(standing.obstacle, hint=standing.cure)
        self._memory.stale = False
        if before and before.branch != standing.branch:
            self._memory.schedule.ask_fetch()
        if before and before.head != standing.head and standing.ahead:
            self._memory.schedule.committed(loop_clock())

    async def _count_copies(self, head: str | None) -> None:
        """Count the conflict copies, unless HEAD moved by commits that touched none."""
        if self._copies.known_at(head):
            return
        self._report.copies = await self._repository.count_conflict_copies()
        self._copies.counted(head)

    async def _inspect_others_work(self) -> None:
        """Somebody used the VCS: where HEAD moved, nothing that was known of the tree holds."""
        before = self._report.standing
        await self._inspect()
        now = self._report.standing
        if before and now and before.head != now.head:
            self._memory.tidy_at = loop_clock()
            self._memory.hints.add(None, loop_clock())
            self._memory.schedule.changed(loop_clock())
            self._memory.rules_moved = True

    async def _commit(self) -> None:
        """Look where something was hinted at, and commit what really changed."""
        memory = self._memory
        hinted, taken = memory.hints.take(), memory.schedule.take_changes()
        if hinted.paths is not None and len(self._report.held) <= FEW_HELD:
            hinted = replace(hinted, paths=hinted.paths | self._report.held.keys())
        try:
            await self._inspect()
            unstable = await self._look_and_commit(hinted)
            restless = self._steady.looked(hinted, unstable, loop_clock())
            self._report.left_apart("restless", restless)
        except BaseException:
            memory.hints.give_back(hinted)
            memory.schedule.give_back(taken)
            raise
        finally:
            await self._steady.drop()
        unstable += tuple(memory.guard.mounts.moved())
        if unstable:
            memory.look_later(unstable, loop_clock())

    async def _commit_meanwhile(self) -> None:
        """Commit while a fetch or a push is under way; that step goes on afterwards."""
        _, step = public(self._report.phase)
        self._report.enter(Trigger.COMMIT)
        await self._attempt("commit", self._commit)
        if step and not self._memory.resting:
            self._report.enter(Trigger[step.upper()])

    async def _look_and_commit(self, hinted: Hinted) -> tuple[bytes, ...]:
        """Returns the paths that have to be looked at again."""
        wanted = hinted.paths
        look = await self._repository.look(wanted)
        self._memory.looked(wanted, look)
        look = await self._steady.copied(look, hinted, loop_clock())
        look = await self._memory.guard.judge(self._repository.root, look, wanted)
        self._report.left_out(wanted, look)
        await self._brake(look)
        if not look.changes:
            self._spend_approvals()
            return look.unstable
        commit = await self._repository.commit(look, self._message)
        if commit is None:
            return look.unstable
        self._spend_approvals()
        self._memory.rules_moved |= wanted is None  # `git add -f` makes no event where it adds
        self._report.committed(commit)
        self._memory.guard.committed(commit.changes)
        self._copies.committed(commit)
        if look.overtaken:
            self._memory.tidy_at = loop_clock() + TIDY_AFTER
        self._report.conflict(commit.info.id, commit.settled)
        await self._inspect()
        self._committed()
        if commit.hindered:
            raise commit.hindered
        return look.unstable + commit.unstable

    async def _brake(self, look: Look) -> None:
        """Commit nothing while deletions wait that look like an accident."""
        brake = await self._memory.guard.weigh(self._repository, look)
        self._report.brake = brake
        if brake is None:
            return
        if look.unstable:
            # They may be the new places of what seems to be gone.
            raise RetryError(brake.why, hint=brake.hint)
        raise NeedsUserError(brake.why, hint=brake.hint)

    def _spend_approvals(self) -> None:
        """A mass deletion is approved once."""
        self._forget(self._memory.guard.passed())

    def _forget(self, spent: frozenset[Approval]) -> None:
        if spent:
            self._around.forget_approvals(self._settings.path, spent)

    def _committed(self) -> None:
        memory, now = self._memory, loop_clock()
        memory.schedule.committed(now)
        if memory.syncs:
            memory.schedule.push_now(now)
        if memory.remote.present and memory.remote.present.offline:
            memory.remote.retry_now(now + self._settings.push_delay)

    async def _message(self, changes: tuple[Change, ...]) -> str:
        return await describe(self._settings, self._around, self._repository.root, changes)

    async def _fetch(self) -> None:
        schedule = self._memory.schedule
        schedule.begin_fetch()
        try:
            await self._meanwhile.wait_for(self._fetch_all(), needed=False)
        except BaseException:
            schedule.ask_fetch()
            raise
        schedule.end_fetch(loop_clock())
        await self._inspect()
        self._report.asked_remote()

    async def _fetch_all(self) -> None:
        """Objects from whoever has them nearer; what counts is what the remote says then."""
        if offer := self._memory.take_offer():
            await self._peers.take(offer)
        await self._repository.fetch()

    async def _integrate(self) -> None:
        """Merge in the object database, give the merge to the remote, then move the tree."""
        standing = self._standing()
        merge = await self._repository.merge()
        if merge.target is None:
            raise _conflict(merge.stopped, self._repository.name)
        if merge.target != standing.tip and self._settings.pushes:
            undisturbed = UNDISTURBED if self._memory.overtaken else 0.0
            await self._give(merge.target, standing, undisturbed)
            if await self._overtaken(standing):
                return
        self._report.conflict(merge.target, merge.settled)
        if self._memory.resting or self._memory.local.shut(loop_clock()):
            raise RetryError("it was interrupted")
        files = await self._repository.move(merge.target, standing.branch)
        self._memory.edits = self._memory.overtaken = 0
        self._memory.tidy_at = loop_clock() + TIDY_AFTER
        self._report.integrated(merge.target, files, standing)
        if self._settings.pull_lock == "conservative":
            self._memory.look_again(loop_clock())
        await self._inspect()
        self._report.asked_remote()
        self._report.conflict(merge.target, await incoming(self._repository, standing.head, merge))

    async def _push(self) -> None:
        standing = self._standing()
        if standing.head is None:
            return
        await self._give(standing.head, standing)
        await self._inspect()
        self._report.asked_remote()

    async def _overtaken(self, standing: Standing) -> bool:
        """Whether a commit was made while the merge was pushed, so that it is to be merged anew."""
        now = self._report.standing
        if now is None or (now.branch, now.head) == (standing.branch, standing.head):
            return False
        self._memory.overtaken += 1
        await self._inspect()
        return True

    async def _give(self, commit: str, standing: Standing, undisturbed: float = 0.0) -> None:
        push = self._repository.push(commit, standing.branch)
        commits = await self._meanwhile.wait_for(push, undisturbed=undisturbed)
        self._memory.rejections = 0
        self._report.pushed(commit, commits, standing)

    def _standing(self) -> Standing:
        standing = self._report.standing
        if standing is None:
            raise RetryError("the repository has not been looked at yet")
        return standing


def _conflict(paths: tuple[bytes, ...], tool: str) -> RemoteNeedsUserError:
    shown = ", ".join(path.decode("utf-8", "backslashreplace") for path in paths[:5])
    more = f" and {len(paths) - 5} more" if len(paths) > 5 else ""
    return RemoteNeedsUserError(
        f"this machine and another changed the same things: {shown}{more}",
        hint=f"both sides are untouched; merge by hand with {tool}, the rest goes on by itself",
    )
