"""A repository whose next commits are made without touching its working tree."""

import os
import stat
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autosyncd.process import Slots
from autosyncd.vcs.git.command import Git, git_environment
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.mover import Moved, move_tree
from autosyncd.vcs.tree.advance import Checkpoint
from autosyncd.vcs.tree.syscalls import Abilities, ignore_lease_breaks

ignore_lease_breaks()

Name = str | bytes


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link as the content of a path."""

    target: str


@dataclass(frozen=True, slots=True)
class Program:
    """An executable file as the content of a path."""

    content: str


@dataclass(frozen=True, slots=True)
class Submodule:
    """A commit of another repository as the content of a path."""

    commit: str = "1" * 40


Content = str | bytes | Link | Program | Submodule | None


def nothing(_name: str) -> None:
    """The checkpoint of everyday life."""


class Playground:
    """A repository with its working tree, driven by git's own commands."""

    def __init__(self, root: Path, *, git_dir: Path | None = None) -> None:
        self.root = root
        self._blobs: dict[bytes, str] = {}
        if not (root / ".git").exists():
            root.mkdir(exist_ok=True)
            self.run("init", "-q", *(("--separate-git-dir", str(git_dir)) if git_dir else ()))
        self.git = Git(root, git_environment(os.environ), Slots(4))
        self.layout = layout_of(root)
        self.layout.own.mkdir(exist_ok=True)

    def run(self, *arguments: Name, stdin: bytes = b"", index: Path | None = None) -> str:
        """Run git in the working tree; returns what it printed."""
        environment = {**os.environ, **({"GIT_INDEX_FILE": str(index)} if index else {})}
        done = subprocess.run(
            ["git", "-c", "core.fsync=none", *arguments],
            cwd=self.root,
            input=stdin,
            env=environment,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return os.fsdecode(done.stdout).strip()

    def commit(self, parent: str | None, changes: dict[Name, Content]) -> str:
        """A commit with these changes, in the object database alone."""
        index = self.layout.own / "test.index"
        index.unlink(missing_ok=True)
        self.run("read-tree", *([parent] if parent else ["--empty"]), index=index)
        entries = sorted(changes.items(), key=lambda item: item[1] is not None)
        listing = b"".join(self._entry(os.fsencode(path), what) for path, what in entries)
        self.run("update-index", "-z", "--index-info", stdin=listing, index=index)
        tree = self.run("write-tree", index=index)
        return self.run("commit-tree", tree, *(["-p", parent] if parent else []), "-m", "change")

    def _entry(self, path: bytes, what: Content) -> bytes:
        match what:
            case None:
                return b"0 " + b"0" * 40 + b"\t" + path + b"\0"
            case Submodule(commit):
                mode, oid = "160000", commit
            case Link(target):
                mode, oid = "120000", self.blob(target.encode())
            case Program(text):
                mode, oid = "100755", self.blob(text.encode())
            case str() | bytes():
                data = what.encode() if isinstance(what, str) else what
                mode, oid = "100644", self.blob(data)
        return f"{mode} {oid}\t".encode() + path + b"\0"

    def blob(self, data: bytes) -> str:
        """Write a blob; returns its id."""
        if data not in self._blobs:
            self._blobs[data] = self.run("hash-object", "-w", "--stdin", stdin=data)
        return self._blobs[data]

    def start(self, files: dict[Name, Content]) -> str:
        """Make the first commit, and check it out."""
        commit = self.commit(None, files)
        self.run("update-ref", "refs/heads/main", commit)
        self.run("reset", "-q", "--hard")
        return commit

    async def move(
        self,
        old: str | None,
        new: str,
        *,
        branch: str = "main",
        checkpoint: Checkpoint = nothing,
        abilities: Abilities | None = None,
    ) -> Moved:
        """One attempt to move to `new`."""
        return await move_tree(
            self.git, self.layout, branch, old, new, checkpoint=checkpoint, abilities=abilities
        )

    def path(self, name: Name) -> Path:
        """A path of the tree."""
        return self.root / os.fsdecode(name)

    def write(self, name: Name, content: str | bytes) -> None:
        """Write a file in the tree."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def read(self, name: Name) -> str:
        """A file's content."""
        return self.path(name).read_text()

    @property
    def head(self) -> str:
        return self.run("rev-parse", "HEAD")

    def status(self) -> str:
        """What git itself says of the working tree."""
        return self.run("status", "--porcelain", "--untracked-files=all")

    def tree(self) -> dict[str, str]:
        """All files in the tree: content, links as `-> target`, programs as `!content`."""
        found = {}
        for folder, _, names in os.walk(self.root):
            if ".git" in Path(folder).relative_to(self.root).parts:
                continue
            for name in names:
                path = Path(folder) / name
                if name != ".git":
                    found[str(path.relative_to(self.root))] = _shown(path)
        return found

    def leftovers(self) -> list[str]:
        """What lies in our folder of the git directory besides tests' own files."""
        return sorted(
            str(path.relative_to(self.layout.own))
            for path in self.layout.own.rglob("*")
            if path.is_file() and path.name != "test.index"
        )

    def settled_at(self, commit: str) -> None:
        """Assert that tree, index and branch are all at `commit`."""
        assert self.head == commit
        assert self.status() == ""
        assert not (self.layout.git_dir / "index.lock").exists()


def once(name: str, action: Callable[[], object]) -> Checkpoint:
    """A checkpoint that does something the first time it is reached."""
    pending = [action]

    def checkpoint(reached: str) -> None:
        if reached == name and pending:
            pending.pop()()

    return checkpoint


def layout_of(root: Path) -> Layout:
    """The layout of a repository that git made there."""
    said = subprocess.run(
        ["git", "rev-parse", "--absolute-git-dir", "--git-common-dir"],
        cwd=root,
        capture_output=True,
        check=True,
    )
    git_dir, common = os.fsdecode(said.stdout).splitlines()
    return Layout(root.resolve(), b"", Path(git_dir), (root / common).resolve())


def _shown(path: Path) -> str:
    if path.is_symlink():
        return f"-> {path.readlink()}"
    mark = "!" if path.stat().st_mode & stat.S_IXUSR else ""
    return mark + path.read_bytes().decode("utf-8", "surrogateescape")
