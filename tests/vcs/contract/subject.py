"""What a version control system has to bring along to be held to the contract of backends."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from autosyncd.vcs.base import Backend


@dataclass(frozen=True, slots=True, kw_only=True)
class Can:
    """What a tool can do at all; a backend has to do all of that.

    `keep_both`: conflicts are settled with both versions kept, else the repository is blocked
    with both sides untouched. `offline`: a commit needs no remote. `bystanders`: what was staged
    or added by hand is left alone. `newlines`, `tabs`, `backslashes`: names may have some.
    `in_store`: merges need no working tree. `same_merge`: every machine makes the identical one.
    `aside`: what the user ignores is moved out of the way of what comes in. `unborn`: a shared
    repository may have no commit yet. `lines`: different lines of a file are merged. `fetches`:
    what the remote has can be asked for while changes wait, and without touching a file.
    `passes_by`: what comes in leaves out folders that are not to be touched, else it all waits.
    `some`: a commit may leave changes out. `nested`: the tool tells of working copies of its own
    kind inside.
    """

    keep_both: bool = True
    offline: bool = True
    links: bool = True
    programs: bool = True
    newlines: bool = True
    tabs: bool = True
    backslashes: bool = True
    not_utf8: bool = True
    history: bool = True
    restore: bool = True
    in_store: bool = True
    same_merge: bool = True
    aside: bool = True
    lines: bool = True
    fetches: bool = True
    unborn: bool = True
    ignores: bool = True
    passes_by: bool = True
    some: bool = True
    nested: bool = True


class Subject(Protocol):
    """A tool as its user has it, by hand, and the backend that is to drive it."""

    @property
    def name(self) -> str:
        """What the backend calls itself."""

    @property
    def tools(self) -> tuple[str, ...]:
        """The programs it needs."""

    @property
    def quick(self) -> bool:
        """Whether most of a test's time is ours, and not that of the tool: then each Python has
        all tests, else the core of them."""

    @property
    def can(self) -> Can:
        """What it can do at all."""

    def backend(self) -> Backend:
        """The backend under test."""

    def share(self, place: Path, files: Mapping[bytes, bytes]) -> str:
        """Make a shared repository below `place` with these files in its first commit, or with
        none; returns its address."""

    def check_out(self, address: str, folder: Path) -> None:
        """Make a working copy of a shared repository, as its user would."""

    def publish(self, folder: Path) -> None:
        """Commit by hand all that is in a working copy, and give it to the shared repository."""

    def unplug(self, address: str) -> None:
        """The shared repository can't be reached any more."""

    def ignore(self, folder: Path, name: str) -> None:
        """Let the tool leave this name at the root alone, by an uncommitted or committed rule."""

    def unfinished(self, folder: Path) -> str:
        """What the tool itself says is not committed, or in the middle of a merge; empty if all
        is clean."""


def installed(subject: Subject) -> bool:
    """Whether all programs are here."""
    return all(shutil.which(tool) for tool in subject.tools)


def write_files(folder: Path, files: Mapping[bytes, bytes]) -> None:
    """Write these files, and the folders they are in."""
    for name, content in files.items():
        path = folder / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
