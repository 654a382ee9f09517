"""Random edits as people and programs make them, reproducible from a seed."""

import os
import random
import shutil
from collections.abc import Sequence
from pathlib import Path

WORDS = ["todo", "plan", "Ünïcode", "a b", "-dash", "*star", "[x]", ":(top)", "notes", "x" * 40]
ODD_NAMES = [b"latin1-\xe9\xff", b"new\nline", b"tab\there", b'quote"back\\slash', b"dot..dot"]


class Editor:
    """Edits files of its own below a folder, so that two editors never meet in one file."""

    def __init__(
        self, folder: Path, owner: str, seed: int, odd_names: Sequence[bytes] = tuple(ODD_NAMES)
    ) -> None:
        self._odd_names = odd_names
        self._top = os.fsencode(folder)
        self._owner = owner.encode()
        self._random = random.Random(seed)
        self._count = 0

    def edit(self) -> str:
        """Make one random edit and say which."""
        self._count += 1
        edits = [
            self._create,
            self._create,
            self._modify,
            self._modify,
            self._append,
            self._replace,
            self._delete,
            self._rename,
            self._rename_folder,
            self._delete_folder,
            self._link,
            self._chmod,
        ]
        edit = self._random.choice(edits)
        edit()
        return edit.__name__

    def _new_path(self) -> bytes:
        folders = [self._top, *self._folders()]
        folder = self._random.choice(folders)
        if self._random.random() < 0.3:
            folder = os.path.join(folder, self._owner + b"-dir%d" % self._count, b"deep")
            os.makedirs(folder, exist_ok=True)
        name = self._random.choice([*(w.encode() for w in WORDS), *self._odd_names])
        return os.path.join(folder, name + b"-%s-%d" % (self._owner, self._count))

    def _content(self) -> bytes:
        size = self._random.choice([0, 1, 10, 1000, 100_000])
        return b"%s %d\n" % (self._owner, self._count) + self._random.randbytes(size)

    def _mine(self) -> list[bytes]:
        suffix = b"-%s-" % self._owner
        return [
            os.path.join(here, name)
            for here, _, names in os.walk(self._top)
            if b"/.git" not in here and b"/.hg" not in here
            for name in names
            if suffix in name
        ]

    def _folders(self) -> list[bytes]:
        prefix = self._owner + b"-dir"
        return [
            os.path.join(here, name)
            for here, names, _ in os.walk(self._top)
            if b"/.git" not in here and b"/.hg" not in here
            for name in names
            if name.startswith(prefix)
        ]

    def _pick(self, paths: list[bytes]) -> bytes | None:
        return self._random.choice(sorted(paths)) if paths else None

    def _create(self) -> None:
        with open(self._new_path(), "wb") as file:
            file.write(self._content())

    def _modify(self) -> None:
        path = self._pick([p for p in self._mine() if not os.path.islink(p)])
        if path:
            with open(path, "wb") as file:
                file.write(self._content())

    def _append(self) -> None:
        path = self._pick([p for p in self._mine() if not os.path.islink(p)])
        if path:
            with open(path, "ab") as file:
                file.write(b"one more line\n")

    def _replace(self) -> None:
        """As most editors save: a new file, renamed over the old one."""
        path = self._pick([p for p in self._mine() if not os.path.islink(p)])
        if path:
            with open(path + b".new", "wb") as file:
                file.write(self._content())
            os.replace(path + b".new", path)

    def _delete(self) -> None:
        if path := self._pick(self._mine()):
            os.unlink(path)

    def _rename(self) -> None:
        if path := self._pick(self._mine()):
            os.rename(path, self._new_path())

    def _rename_folder(self) -> None:
        if path := self._pick(self._folders()):
            target = os.path.join(os.path.dirname(path), self._owner + b"-dirmoved%d" % self._count)
            os.rename(path, target)

    def _delete_folder(self) -> None:
        if self._random.random() < 0.3 and (path := self._pick(self._folders())):
            shutil.rmtree(path)

    def _link(self) -> None:
        os.symlink(b"target-%d" % self._count, self._new_path())

    def _chmod(self) -> None:
        path = self._pick([p for p in self._mine() if not os.path.islink(p)])
        if path:
            os.chmod(path, os.stat(path).st_mode ^ 0o111)
