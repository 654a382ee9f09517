"""A bare git directory in which merges are computed from the repository's objects.

It has no attributes, no grafts, no replaced objects, and none of the user's, the system's or the
repository's settings, so that the same merge gives the same object ids on every machine.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from autosyncd.errors import ToolError
from autosyncd.vcs.git.command import LOCAL_TIMEOUT, Git, GitError
from autosyncd.vcs.git.layout import Layout

LAST_DATE = 2**32 - 1
"""Seconds; git reads commits with later dates than it is willing to write."""

_MERGE_TREE = ("merge-tree", "--write-tree", "-z", "--no-messages", "--allow-unrelated-histories")
_SCRATCH = "scratch-"
_CONFIG = """\
[core]
\trepositoryFormatVersion = 1
\tbare = true
\tattributesFile = /dev/null
\tcommitGraph = false
\tprotectHFS = false
\tprotectNTFS = false
[extensions]
\tobjectFormat = {object_format}
"""
_IDENT = {
    "GIT_AUTHOR_NAME": "autosync",
    "GIT_AUTHOR_EMAIL": "autosync@merge",
    "GIT_COMMITTER_NAME": "autosync",
    "GIT_COMMITTER_EMAIL": "autosync@merge",
}


@dataclass(frozen=True, slots=True)
class Merged:
    """What `git merge-tree` made of two commits.

    `stages` are the paths it could not merge, with the object ids it saw there. Unless it is
    `clean`, `tree` has conflict markers and may never be shown to anybody.
    """

    tree: str
    clean: bool
    stages: Mapping[bytes, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Auxiliary:
    """The auxiliary directory `folder`; `git` runs in it, `zero` is the null object id."""

    folder: Path
    git: Git
    zero: str
    empty_tree: str

    async def merge(self, one: str, two: str) -> Merged:
        """Merge two commits in the object database (git-merge-tree(1))."""
        arguments = (*_MERGE_TREE, one, two)
        finished = await self.git.run(*arguments)
        tree, *infos = finished.stdout.split(b"\0")
        if finished.returncode not in (0, 1) or not tree:
            raise GitError(arguments, finished)
        return Merged(tree.decode("ascii"), finished.returncode == 0, _stages(infos))

    async def commit(
        self, tree: str, parents: tuple[str, ...], when: int, message: str = "autosync"
    ) -> str:
        """Write a commit that nobody in particular made at `when` (Unix seconds, UTC)."""
        date = f"@{min(when, LAST_DATE)} +0000"
        return await self.git.line(
            "commit-tree",
            tree,
            *(part for parent in parents for part in ("-p", parent)),
            "-F",
            "-",
            stdin=message.encode("utf-8"),
            environment={**_IDENT, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date},
        )

    @contextmanager
    def private_index(self) -> Iterator[Path]:
        """A place for an index file; what a crash left of former ones is removed first."""
        _sweep(self.folder, time.time() - LOCAL_TIMEOUT)
        with tempfile.TemporaryDirectory(
            prefix=_SCRATCH, dir=self.folder, ignore_cleanup_errors=True
        ) as scratch:
            yield Path(scratch, "index")


def open_auxiliary(git: Git, layout: Layout) -> Auxiliary:
    """Open the auxiliary directory of a repository, made or mended where necessary."""
    folder = layout.own / "merge"
    try:
        _lay_out(folder, layout.object_format)
    except OSError as error:
        raise ToolError(f"cannot prepare {folder}: {error.strerror}") from error
    environment = _environment(git.environment, folder, layout)
    return Auxiliary(folder, Git(folder, environment, git.slots), layout.zero, layout.empty_tree)


def _lay_out(folder: Path, object_format: str) -> None:
    for name in ("objects", "refs"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    _write(folder / "HEAD", "ref: refs/heads/none\n")
    _write(folder / "config", _CONFIG.format(object_format=object_format))


def _write(file: Path, content: str) -> None:
    """Compared each time: a power cut may have left an empty file, and an upgrade an old one."""
    if not file.is_file() or file.read_bytes() != content.encode():
        fresh = file.with_name(f"{file.name}.new")
        fresh.write_text(content)
        fresh.replace(file)


def _sweep(folder: Path, before: float) -> None:
    """Another merge may be under way; its scratch folder is young."""
    for left in folder.glob(f"{_SCRATCH}*"):
        with suppress(FileNotFoundError):
            if left.stat().st_mtime < before:
                shutil.rmtree(left, ignore_errors=True)


def _environment(base: Mapping[str, str], folder: Path, layout: Layout) -> dict[str, str]:
    dropped = ("GIT_CONFIG", "GIT_AUTHOR_", "GIT_COMMITTER_")
    return {
        **{key: value for key, value in base.items() if not key.startswith(dropped)},
        "GIT_DIR": os.fspath(folder),
        "GIT_OBJECT_DIRECTORY": os.fspath(layout.objects),
        "GIT_SHALLOW_FILE": os.fspath(layout.common_dir / "shallow"),
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }


def _stages(infos: list[bytes]) -> dict[bytes, frozenset[str]]:
    stages: dict[bytes, frozenset[str]] = {}
    for info in filter(None, infos):
        facts, path = info.split(b"\t", 1)
        oid = facts.decode("ascii").split(" ")[1]
        stages[path] = stages.get(path, frozenset()) | {oid}
    return stages
