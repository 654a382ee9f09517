"""Finishes an advance of the tree that was broken off after its tool had noted its end.

Then the tool takes the files that it has not brought along for changed, and they would be committed
as if somebody had undone what came in. So a note is kept beside the copy that the tree advances to,
with the files as they were before: what has not moved since is brought to the copy's version, and
what somebody changed is merged with it.
"""

import asyncio
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from autosyncd.errors import RetryError
from autosyncd.vcs.merging.policy import Policy
from autosyncd.vcs.table.combine import Combined, Side, combine, prune, side_of
from autosyncd.vcs.table.contents import copy_over, entry_at, plain, remove
from autosyncd.vcs.table.heads import read_head
from autosyncd.vcs.table.scope import Scope
from autosyncd.vcs.table.tool import Tool
from autosyncd.vcs.table.workplace import KEPT

_BEFORE = "before"
_FOUND = "found"
_EMPTY = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
"""The id of an empty file: as such some tools make a file new, and before they take it away."""
_DRAFT = re.compile(rb"-[0-9]+\Z")
"""What a tool adds to the name of a file that it is about to write."""


@dataclass(frozen=True, slots=True)
class Note:
    """An advance from the commit `origin` to the copy in the folder `source`; `drafts` are files
    beside the paths that look like drafts of the tool's, and were there before."""

    source: str
    origin: str
    paths: tuple[bytes, ...]
    drafts: tuple[bytes, ...]


def begin(place: Path, scope: Scope, source: Path, origin: str, paths: Iterable[bytes]) -> None:
    """Keep the files at these paths, and note what is about to be done; blocks."""
    before = place / _BEFORE
    there = tuple(sorted(paths))
    for path in there:
        if entry_at(scope.full(path)):
            copy_over(scope.full(path), os.path.join(os.fsencode(before), path))
    _write(place, Note(source.name, origin, there, tuple(_drafts(scope, there))))


def end(place: Path) -> None:
    """The advance is complete; blocks."""
    (place / KEPT).unlink(missing_ok=True)


async def finish(tool: Tool, scope: Scope, place: Path) -> None:
    """Finish what the note in a folder says, if there is one; raises RetryError as long as another
    program uses the repository."""
    note = await asyncio.to_thread(_read, place)
    if note is None:
        return
    if not await tool.free(scope.root):
        raise RetryError(f"cannot finish an update: another {tool.table.name} is at work")
    head = await read_head(tool, scope.root)
    if head is None:
        raise RetryError("cannot finish an update: the last commit could not be read")
    if head.id != note.origin:
        await _catch_up(scope, place, note)
    await asyncio.to_thread(end, place)


async def _catch_up(scope: Scope, place: Path, note: Note) -> None:
    folders = (place / _BEFORE, place / note.source)
    base, left = [await asyncio.to_thread(_side, folder, note.paths) for folder in folders]
    found = await asyncio.to_thread(_side, scope.root, note.paths)
    right = await asyncio.to_thread(_kept, _without_empty(found, base), place)
    longest = scope.longest_name
    combined = await combine(base, left, right, Policy(), place, left_wins=True, longest=longest)
    try:
        await asyncio.to_thread(_place, scope, combined, found)
        await asyncio.to_thread(_remove_drafts, scope, note, left)
    except OSError as error:
        raise RetryError(f"cannot finish an update: {error.strerror}") from error


def _side(folder: Path, paths: Iterable[bytes]) -> Side:
    side = side_of(folder, paths)
    return Side({path: plain(entry) for path, entry in side.tree.items()}, side.places)


def _without_empty(found: Side, base: Side) -> Side:
    """An empty file that was not one is the tool's doing, and not yet finished."""
    right = Side(dict(found.tree), dict(found.places))
    for path, entry in found.tree.items():
        if entry.oid == _EMPTY and base.tree.get(path) != entry:
            right.tree.pop(path)
            right.places.pop(path)
            if path in base.tree:
                right.tree[path], right.places[path] = base.tree[path], base.places[path]
    return right


def _kept(side: Side, place: Path) -> Side:
    """The same with its contents where nothing takes them away."""
    kept = Side(dict(side.tree))
    for number, (path, full) in enumerate(side.places.items()):
        kept.places[path] = os.path.join(os.fsencode(place / _FOUND), b"%d" % number)
        copy_over(full, kept.places[path])
    return kept


def _place(scope: Scope, combined: Combined, found: Side) -> None:
    """Bring the tree to the outcome, where it is still what was found."""
    gone = [path for path, entry in combined.changes.items() if entry is None]
    for path in gone:
        if path in found.tree and _is_still(scope, path, found):
            remove(scope.full(path))
            prune(os.fsencode(scope.root), path)
    for path, entry in combined.changes.items():
        if entry and found.tree.get(path) != entry and _is_still(scope, path, found):
            _put(combined.contents[entry.oid], scope.full(path))


def _is_still(scope: Scope, path: bytes, found: Side) -> bool:
    there = entry_at(scope.full(path))
    if (plain(there) if there else None) != found.tree.get(path):
        raise RetryError("cannot finish an update: files are being changed")
    return True


def _put(source: bytes, full: bytes) -> None:
    """A file stays executable, or not."""
    mode = os.stat(full).st_mode & 0o111 if os.path.isfile(full) else 0
    copy_over(source, full)
    if mode:
        os.chmod(full, os.stat(full).st_mode & 0o777 | mode)


def _drafts(scope: Scope, paths: Iterable[bytes]) -> Iterable[bytes]:
    """Files beside these that are called as a tool calls its drafts of them."""
    names = set(paths)
    for folder in {path.rpartition(b"/")[0] for path in names}:
        around = folder + b"/" if folder else b""
        try:
            inside = os.listdir(scope.full(folder) if folder else os.fsencode(scope.root))
        except OSError:
            continue
        for name in inside:
            if around + _DRAFT.sub(b"", name) in names and _DRAFT.search(name):
                yield around + name


def _remove_drafts(scope: Scope, note: Note, left: Side) -> None:
    """Those are nobody's that were not there before, and have no bytes but of what came in."""
    for path in _drafts(scope, note.paths):
        if path in note.drafts or path in left.tree:
            continue
        full = scope.full(path)
        whole = left.places.get(_DRAFT.sub(b"", path))
        if os.path.isfile(full) and not os.path.islink(full) and _begins(whole, full):
            remove(full)


def _begins(whole: bytes | None, draft: bytes) -> bool:
    with open(draft, "rb") as file:
        content = file.read()
    if not content or whole is None:
        return not content
    with open(whole, "rb") as file:
        return file.read(len(content)) == content


def _write(place: Path, note: Note) -> None:
    facts = {
        "source": note.source,
        "origin": note.origin,
        "paths": [os.fsdecode(path) for path in note.paths],
        "drafts": [os.fsdecode(path) for path in note.drafts],
    }
    draft = place / f"{KEPT}.new"
    with draft.open("w") as file:
        json.dump(facts, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(place / KEPT)


def _read(place: Path) -> Note | None:
    try:
        facts = json.loads((place / KEPT).read_text())
    except FileNotFoundError:
        return None
    paths, drafts = ([os.fsencode(one) for one in facts[key]] for key in ("paths", "drafts"))
    return Note(facts["source"], facts["origin"], tuple(paths), tuple(drafts))
