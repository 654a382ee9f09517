"""The files of one update: staged new versions, and the displaced old ones, kept until nobody
can still be writing them."""

import os
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from autosyncd.vcs.tree.entry import Entry
from autosyncd.vcs.tree.home import Home
from autosyncd.vcs.tree.signature import Signature, signature_at
from autosyncd.vcs.tree.syscalls import sync_file_system

AREA = b".autosync-moving"
"""Folder of the tree for files that the file system of the tool's folder can't exchange with it;
git ignores it by a rule file of its own."""


class Step(msgspec.Struct, frozen=True, array_like=True):
    """One path of an update. `number` names its files, `area` is where they are: None in the
    generation's folder, else in this folder of the tree (relative to the root).

    `staged` is the signature of the new version made ready; None if there is nothing to place.
    """

    number: int
    path: bytes
    old: Entry | None
    new: Entry | None
    area: bytes | None = None
    staged: Signature | None = None


class Manifest(msgspec.Struct, frozen=True):
    """The update that a generation belongs to, from the commit `old` (None: unborn) to `new`."""

    old: str | None
    new: str
    steps: tuple[Step, ...]


_encode = msgspec.json.Encoder().encode
_decode_manifest = msgspec.json.Decoder(Manifest).decode
_decode_marks = msgspec.json.Decoder(dict[int, Signature]).decode


@dataclass(frozen=True, slots=True)
class Generation:
    """The files of one update, in `displaced/<name>` of our own folder.

    Until it has a manifest, nothing in it is the user's; from then on nothing in it is removed
    unseen. `N` is step N's new version and, once swapped, the old one; `N.out` was moved out.
    """

    root: Path
    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def tree(self) -> Path:
        """Where new versions may be written before they are given their numbers."""
        return self.folder / "tree"

    def area(self, area: bytes | None) -> Path:
        """The folder that holds a step's files."""
        if area is None:
            return self.folder
        return self.root / os.fsdecode(area) / os.fsdecode(AREA) / self.name

    def slot(self, step: Step) -> Path:
        """Where the step's new version is made ready, and its old one comes by exchange."""
        return self.area(step.area) / str(step.number)

    def out(self, step: Step) -> Path:
        """Where the step's old version goes if it is not exchanged."""
        return self.area(step.area) / f"{step.number}.out"

    def plan(self, manifest: Manifest) -> None:
        """Record what is about to be staged, so that it is found again after a crash, and make
        the folders for it."""
        self._write("plan", manifest)
        for area in {step.area for step in manifest.steps if step.area is not None}:
            self.area(area).mkdir(parents=True)
            (self.area(area).parent / ".gitignore").write_bytes(b"*\n")

    def complete(self, manifest: Manifest) -> None:
        """Record that everything is staged: from now on the user's files may come in."""
        self._write("manifest.new", manifest)
        (self.folder / "manifest.new").replace(self.folder / "manifest")

    @property
    def begun(self) -> bool:
        """Whether files of the user may be in it."""
        return (self.folder / "manifest").exists()

    def manifest(self) -> Manifest | None:
        """What was staged; None if that was never completed, or its record is damaged."""
        return self._read("manifest")

    def _write(self, name: str, manifest: Manifest) -> None:
        (self.folder / name).write_bytes(_encode(manifest))

    def _read(self, name: str) -> Manifest | None:
        try:
            return _decode_manifest((self.folder / name).read_bytes())
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def mark(self, displaced: Mapping[int, Signature]) -> None:
        """Record how the displaced files looked when they were verified; later ones differ."""
        draft = self.folder / "marks.new"
        draft.write_bytes(_encode(displaced))
        draft.replace(self.folder / "marks")

    def marks(self) -> dict[int, Signature]:
        """How the displaced files looked, by their steps' numbers; empty after a crash."""
        try:
            return _decode_marks((self.folder / "marks").read_bytes())
        except (FileNotFoundError, msgspec.DecodeError):
            return {}

    def age(self) -> float:
        """Seconds since the last file came in; of a clock that was set back, infinitely many."""
        marks = self.folder / "marks"
        record = marks if marks.exists() else self.folder / "manifest"
        age = time.time() - record.stat().st_mtime
        return age if age >= 0 else float("inf")

    def drop_incomplete(self) -> None:
        """Remove what was staged in vain, if nothing of the user's can have come in."""
        if self.begun:
            return
        plan = self._read("plan")
        for area in {step.area for step in plan.steps} if plan else set():
            if area is not None:
                shutil.rmtree(self.area(area), ignore_errors=True)
                self._remove_area(area)
        shutil.rmtree(self.folder, ignore_errors=True)

    def tidy(self, steps: Sequence[Step]) -> None:
        """Remove the new versions that never left their slot, and folders that are empty."""
        self._drop_unused(steps)
        self.drop_empty({step.area for step in steps})

    def _drop_unused(self, steps: Sequence[Step]) -> None:
        for step in steps:
            if step.staged and signature_at(self.slot(step)) == step.staged:
                self.slot(step).unlink()

    def drop_empty(self, areas: Iterable[bytes | None]) -> None:
        """Remove the folders and records once no file is left; does nothing otherwise."""
        for area in areas:
            if area is None:
                continue
            _remove_folder(self.area(area))
            if self.area(area).exists():
                return
            self._remove_area(area)
        if not any(path.name.removesuffix(".out").isdigit() for path in self.folder.iterdir()):
            shutil.rmtree(self.folder)

    def _remove_area(self, area: bytes) -> None:
        parent = self.area(area).parent
        if not parent.is_dir():
            return
        if not any(path.is_dir() for path in parent.iterdir()):
            (parent / ".gitignore").unlink(missing_ok=True)
            _remove_folder(parent)


def new_generation(home: Home) -> Generation:
    """Make the folder for one update."""
    folder = home.own / "displaced" / str(time.time_ns())
    folder.mkdir(parents=True)
    (folder / "tree").mkdir()
    return Generation(home.root, folder)


def generation_named(home: Home, name: str) -> Generation:
    """The generation with that name, whether it exists or not."""
    return Generation(home.root, home.own / "displaced" / name)


def generations(home: Home) -> tuple[Generation, ...]:
    """All generations there are, oldest first."""
    folder = home.own / "displaced"
    if not folder.is_dir():
        return ()
    return tuple(Generation(home.root, entry) for entry in sorted(folder.iterdir()))


def _remove_folder(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        pass


def make_durable(generation: Generation, manifest: Manifest) -> None:
    """Complete the generation; once this returns, no power loss damages what is staged."""
    generation.complete(manifest)
    areas = {generation.area(step.area) for step in manifest.steps}
    for folder in {generation.folder, *areas}:
        sync_file_system(folder)
