"""Brings paths of the working tree to their new versions, one by one; blocking, for a thread."""

import errno
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from autosyncd.vcs.tree.displaced import Generation, Step
from autosyncd.vcs.tree.entry import GITLINK, REGULAR, SYMLINK, Entry
from autosyncd.vcs.tree.grip import Grip, Kind, hold
from autosyncd.vcs.tree.place import GIT, BlockedError, Place, Why, place_of, remove_empty_parents
from autosyncd.vcs.tree.signature import Signature, signature_at
from autosyncd.vcs.tree.swap import Swap
from autosyncd.vcs.tree.syscalls import Abilities, Lease

Checkpoint = Callable[[str], None]
Ours = Callable[[bytes, Signature], bool]
"""Whether a path holds what we put there ourselves, and nobody has touched since."""


def nobody(_path: bytes, _signature: Signature) -> bool:
    """No earlier update was left unfinished."""
    return False


_FATAL = frozenset({errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT, errno.ESTALE})


@dataclass(frozen=True, slots=True)
class Trust:
    """What the file system can express (git-config(1): core.fileMode, core.symlinks)."""

    file_mode: bool = True
    symlinks: bool = True


@dataclass(frozen=True, slots=True)
class Skipped:
    """A path that was left as it is, and why."""

    path: bytes
    why: Why


@dataclass(frozen=True, slots=True)
class Held:
    """What is at a step's place, held for as long as the stack it came from is open."""

    step: Step
    place: Place
    grip: Grip


@dataclass(frozen=True, slots=True)
class Ground:
    """Where an update works, and how: `keep` is a folder that stays even if it gets empty.

    `ours` knows the files that an earlier update, which was never finished, has placed; `control`
    are the entries that make a folder a repository of its own.
    """

    generation: Generation
    object_format: str
    abilities: Mapping[bytes | None, Abilities]
    trust: Trust
    keep: bytes
    checkpoint: Checkpoint
    ours: Ours = nobody
    control: Sequence[bytes] = GIT


@dataclass(slots=True)
class Report:
    """What came of the steps so far; written by the one thread that is at work."""

    changed: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    signatures: dict[bytes, Signature] = field(default_factory=dict)
    removed: list[bytes] = field(default_factory=list)
    displaced: dict[int, Signature] = field(default_factory=dict)


class Advance:
    """One attempt at all steps of an update. `stop` ends it between two steps."""

    def __init__(self, ground: Ground, stop: threading.Event) -> None:
        self.report = Report()
        self._ground = ground
        self._stop = stop
        self._root = os.open(ground.generation.root, os.O_PATH | os.O_DIRECTORY)

    def close(self) -> None:
        """Let go of the tree's root."""
        os.close(self._root)

    def take(self, steps: Iterable[Step]) -> tuple[Step, ...]:
        """Do the steps whose files are as git stored them, or skip them.

        Returns those that only git's filters can tell from a user's edit: `hold` them, have git
        hash their paths, and `settle` them.
        """
        unsure = []
        for step in steps:
            if self._stop.is_set():
                break
            with ExitStack() as stack:
                held = self.hold((step,), stack)
                if held and not self._settle_unfiltered(held[0]):
                    unsure.append(step)
        return tuple(unsure)

    def arrived(self, steps: Iterable[Step]) -> frozenset[int]:
        """Which steps are done already, of those that no filter applies to."""
        done = set()
        for step in steps:
            try:
                with ExitStack() as stack:
                    place = stack.enter_context(place_of(self._root, step.path))
                    grip = stack.enter_context(hold(place, self._ground.object_format, lease=False))
                    if self._same(grip.entry, step.new):
                        done.add(step.number)
            except BlockedError:
                continue
        return frozenset(done)

    def hold(self, steps: Sequence[Step], stack: ExitStack) -> tuple[Held, ...]:
        """Hold what is at the steps' places; where that can't be, they are skipped."""
        held = []
        for step in steps:
            try:
                found = self._hold(step, stack)
            except BlockedError as error:
                self._blocked(step, error.why)
            else:
                held += [found] if found else []
        return tuple(held)

    def settle(self, held: Iterable[tuple[Held, str | None]]) -> None:
        """Do the steps whose files are clean by git's filters (the ids given), skip the others."""
        for item, oid in held:
            if self._stop.is_set():
                return
            entry = item.grip.entry
            clean = Entry(entry.mode, oid) if entry and oid else entry
            if not self._settle(item, clean):
                self._skip(item.step, self._edited(item) if oid else Why.UNREADABLE)

    def _hold(self, step: Step, stack: ExitStack) -> Held | None:
        create = step.new is not None and (step.old is None or _is_gitlink(step.old))
        place = stack.enter_context(
            place_of(self._root, step.path, create=create, control=self._ground.control)
        )
        if _is_gitlink(step.new) or _is_gitlink(step.old):
            self._gitlink(step, place)
            if step.new is None or _is_gitlink(step.new):
                return None
        ability = self._ground.abilities[step.area]
        lease = ability.lease and step.old is not None
        grip = stack.enter_context(hold(place, self._ground.object_format, lease=lease))
        return Held(step, place, grip)

    def _gitlink(self, step: Step, place: Place) -> None:
        """The content of submodules is the user's; only their empty folders come and go."""
        try:
            if step.old is None:
                os.mkdir(place.name, dir_fd=place.folder)
            elif not _is_gitlink(step.new):
                os.rmdir(place.name, dir_fd=place.folder)
        except OSError:
            pass

    def _settle(self, held: Held, entry: Entry | None) -> bool:
        """Do or skip a step whose file is `entry`; false if that is neither old nor new."""
        step, kind = held.step, held.grip.kind
        if kind is Kind.ABSENT:
            self._absent(held)
        elif kind in (Kind.FOLDER, Kind.ODD):
            self._obstructed(held)
        elif self._same(entry, step.new):
            self._already(held)
        elif self._same(entry, step.old) or self._ours(held):
            self._replace(held)
        else:
            return False
        return True

    def _ours(self, held: Held) -> bool:
        signature = held.grip.signature
        return signature is not None and self._ground.ours(held.step.path, signature)

    def _settle_unfiltered(self, held: Held) -> bool:
        """Do or skip a step; false if it depends on filters."""
        if self._settle(held, held.grip.entry):
            return True
        if held.grip.kind is Kind.FILE:
            return False
        self._skip(held.step, self._edited(held))
        return True

    def _edited(self, held: Held) -> Why:
        return Why.IN_THE_WAY if held.step.old is None else Why.USER_EDIT

    def _absent(self, held: Held) -> None:
        if held.step.new is None:
            return
        if held.step.old is None or _is_gitlink(held.step.old):
            self._do(held)
        else:
            self._skip(held.step, Why.VANISHED)

    def _obstructed(self, held: Held) -> None:
        """A folder or a pipe in a file's place is the user's, except for an empty folder."""
        step, place = held.step, held.place
        if step.new is None:
            return
        try:
            os.rmdir(place.name, dir_fd=place.folder)
        except OSError:
            self._skip(step, Why.IN_THE_WAY)
            return
        self._absent(Held(step, place, Grip(Kind.ABSENT)))

    def _replace(self, held: Held) -> None:
        if held.grip.lease is Lease.BUSY:
            self._skip(held.step, Why.OPEN_FOR_WRITING)
        else:
            self._do(held)

    def _already(self, held: Held) -> None:
        if held.grip.signature:
            self.report.signatures[held.step.path] = held.grip.signature

    def _do(self, held: Held) -> None:
        step = held.step
        if step.new is not None and step.staged is None:
            self._skip(step, Why.USER_EDIT)  # it was at its new version when we staged
            return
        self._ground.checkpoint("checked")
        ability = self._ground.abilities[step.area]
        swap = Swap(self._ground.generation, step, held.place, held.grip, ability)
        try:
            swap.run(self._ground.checkpoint)
        except BlockedError as error:
            self._skip(step, error.why)
        except OSError as error:
            self._failed(step, error)
        else:
            self._done(held)

    def _failed(self, step: Step, error: OSError) -> None:
        if error.errno in _FATAL:
            raise error
        self._skip(step, Why.VANISHED if error.errno == errno.ENOENT else Why.DENIED)

    def _done(self, held: Held) -> None:
        step, generation = held.step, self._ground.generation
        self.report.changed += 1
        kept = generation.slot(step), generation.out(step)
        for mark in filter(None, map(signature_at, kept)):
            if held.grip.signature and mark.unwritten(held.grip.signature):
                self.report.displaced[step.number] = mark
        if step.new is None:
            self.report.removed.append(step.path)
            remove_empty_parents(self._root, step.path, self._ground.keep)
            return
        now = signature_at(held.place.name, held.place.folder)
        if now and step.staged and now.ino == step.staged.ino:
            self.report.signatures[step.path] = now

    def _blocked(self, step: Step, why: Why) -> None:
        gone = why in (Why.VANISHED, Why.SYMLINK_PARENT, Why.IN_THE_WAY)
        if not (step.new is None and gone):
            self._skip(step, why)

    def _skip(self, step: Step, why: Why) -> None:
        self.report.skipped.append(Skipped(step.path, why))

    def _same(self, seen: Entry | None, wanted: Entry | None) -> bool:
        if seen is None or wanted is None or seen.oid != wanted.oid:
            return False
        if seen.mode == wanted.mode:
            return True
        if seen.regular and wanted.regular:
            return not self._ground.trust.file_mode
        return not self._ground.trust.symlinks and seen.mode in REGULAR and wanted.mode == SYMLINK


def _is_gitlink(entry: Entry | None) -> bool:
    return entry is not None and entry.mode == GITLINK
