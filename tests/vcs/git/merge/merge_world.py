"""Clones with real git, and what the tests of merging do with them."""

import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from autosyncd.process import Slots
from autosyncd.vcs.git.command import Git, git_environment
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.merge import MergeResult, merge_commits
from autosyncd.vcs.merging.policy import Policy

KEEP_BOTH = Policy.compile((("*", "keep-both"),))
MARKER = re.compile(rb"^(<{7}|\|{7}|={7}|>{7})", re.MULTILINE)

EXECUTABLE, SYMLINK, GITLINK = "100755", "120000", "160000"


@dataclass(frozen=True, slots=True, order=True)
class File:
    """What is at a path: content, target of a link, or commit of a submodule."""

    content: bytes
    mode: str = "100644"


Files = Mapping[bytes, File]


def files(**contents: str | bytes | File) -> dict[bytes, File]:
    """A tree of regular files; `__` stands for a slash and `_` for a dot."""
    return {
        name.replace("__", "/").replace("_", ".").encode(): _file(content)
        for name, content in contents.items()
    }


def _file(content: str | bytes | File) -> File:
    if isinstance(content, File):
        return content
    return File(content.encode() if isinstance(content, str) else content)


def scrubbed(home: Path, *, path: str | None = None) -> dict[str, str]:
    """An environment in which nothing of this machine shows, with an identity in its HOME."""
    home.mkdir(parents=True, exist_ok=True)
    config = home / ".gitconfig"
    if not config.exists():
        config.write_text("[user]\n\tname = Tester\n\temail = tester@example.org\n")
    return git_environment({"PATH": path or os.environ["PATH"], "HOME": os.fspath(home)})


class Clone:
    """A repository on a machine of its own."""

    def __init__(
        self,
        place: Path,
        *,
        path: str | None = None,
        object_format: str = "sha1",
        home: Path | None = None,
    ) -> None:
        self.root = place / "tree"
        self.environment = scrubbed(home or place / "home", path=path)
        self.root.mkdir(parents=True, exist_ok=True)
        if not (self.root / ".git").exists():
            self.git("init", "-q", "-b", "main", f"--object-format={object_format}")
        git_dir = self.root / ".git"
        self.layout = Layout(self.root, b"", git_dir, git_dir, object_format)
        self.driver = Git(self.root, self.environment, Slots(4))

    def git(self, *arguments: str | bytes, stdin: bytes = b"") -> bytes:
        """Run git as the test's own hand."""
        done = subprocess.run(
            ("git", *arguments),
            cwd=self.root,
            env=self.environment,
            input=stdin,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, (arguments, done.stderr)
        return done.stdout

    def line(self, *arguments: str) -> str:
        return self.git(*arguments).decode().strip()

    def commit(self, tree: Files, *parents: str, when: int = 1_000_000) -> str:
        """Commit exactly these files; returns the id."""
        message = f"commit refs/scratch\nmark :1\ncommitter T <t@example.org> {when} +0000\n"
        stream = [b"reset refs/scratch\n", message.encode(), b"data 4\ntest\n"]
        words = ("from", *("merge",) * max(0, len(parents) - 1))
        stream += [f"{w} {p}\n".encode() for w, p in zip(words, parents, strict=False)]
        stream += [b"deleteall\n", *(_modify(path, file) for path, file in tree.items())]
        stream.append(b"\nget-mark :1\ndone\n")
        out = self.git("fast-import", "--quiet", "--force", "--done", stdin=b"".join(stream))
        return out.decode().strip()

    def files(self, commit: str) -> dict[bytes, File]:
        """Everything in the tree of a commit."""
        listed = [
            line.split(b"\t", 1)
            for line in self.git("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0")
            if line
        ]
        entries = {path: facts.decode().split() for facts, path in listed}
        blobs = self.blobs({oid for mode, _, oid in entries.values() if mode != GITLINK})
        return {
            path: File(oid.encode() if mode == GITLINK else blobs[oid], mode)
            for path, (mode, _, oid) in entries.items()
        }

    def blobs(self, oids: Iterable[str]) -> dict[str, bytes]:
        """The contents of blobs."""
        asked = sorted(oids)
        out = self.git("cat-file", "--batch", stdin="".join(f"{oid}\n" for oid in asked).encode())
        found = {}
        for oid in asked:
            header, out = out.split(b"\n", 1)
            size = int(header.split()[2])
            found[oid], out = out[:size], out[size + 1 :]
        return found

    async def merge(self, a: str, b: str, policy: Policy = KEEP_BOTH) -> MergeResult:
        return await merge_commits(self.driver, self.layout, a, b, policy)

    async def merged(self, a: str, b: str, policy: Policy = KEEP_BOTH) -> str:
        """The commit of a merge that must succeed."""
        commit = (await self.merge(a, b, policy)).commit
        assert commit is not None
        return commit

    async def outcome(self, base: Files, one: Files, two: Files) -> dict[bytes, File]:
        """The files after merging two commits on one base, the second made later.

        Whichever of the commits has the smaller id, so that either comes first in the merge.
        """
        root = self.commit(base, when=1)
        a = self.commit(one, root, when=10)
        later = (self.commit(two, root, when=when) for when in count(20))
        larger = next(b for b in later if b > a)
        smaller = next(b for b in later if b < a)
        found = self.files(await self.merged(a, larger))
        assert found == self.files(await self.merged(a, smaller))
        return found

    def blob(self, content: bytes) -> str:
        """The object id of a content."""
        return self.git("hash-object", "--stdin", stdin=content).decode().strip()

    def copy(self, path: str, content: str | bytes) -> bytes:
        """The expected name of a conflict copy; `path` has {} where the id goes."""
        data = content.encode() if isinstance(content, str) else content
        return path.format(f"conflict-{self.blob(data)[:8]}").encode()


def _modify(path: bytes, file: File) -> bytes:
    quoted = b'"%s"' % b"".join(b"\\%03o" % byte for byte in path)
    if file.mode == GITLINK:
        return b"M 160000 %s %s\n" % (file.content, quoted)
    return b"M %s inline %s\ndata %d\n%s\n" % (
        file.mode.encode(),
        quoted,
        len(file.content),
        file.content,
    )
