"""The tools that tables drive, as their users have them."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from autosyncd.config.load import load
from autosyncd.config.model import VcsTable
from autosyncd.vcs.base import Backend
from autosyncd.vcs.table.backend import TableBackend
from autosyncd.vcs.table.shipped import shipped_tables
from tests.vcs.contract.subject import Can, write_files

ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "USER": "tester",
    "BRZ_EMAIL": "tester <tester@example.org>",
    "DARCS_EMAIL": "tester@example.org",
    "BRZ_LOG": "/dev/null",
}

TOOL = Can(
    newlines=False,
    passes_by=False,
    history=False,
    restore=False,
    in_store=False,
    same_merge=False,
)
"""What no table can."""


def do(folder: Path, *words: str) -> str:
    """What a program that must succeed prints."""
    done = subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, **ENVIRONMENT},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done.stdout.decode("utf-8", "surrogateescape")


def instead(programs: Path, name: str, script: str) -> None:
    """Have a script in a folder of the PATH run in place of a program; `$REAL` is that."""
    real = shutil.which(name) or name
    program = programs / name
    assert real != str(program)
    program.write_text(f"#!/bin/sh\nREAL={real}\n{script}\n")
    program.chmod(0o755)


def killed_once(verb: str, marker: Path) -> str:
    """A script that kills its program, and itself, in the first command of that name."""
    return (
        f'for word; do case "$word" in -*) ;; *) break;; esac; done\n'
        f'if [ "$word" = {verb} ] && ! [ -e "{marker}" ]; then\n'
        f': >"{marker}"; "$REAL" "$@" & pid=$!\n'
        "sleep 0.0$(($$ % 10)); kill -KILL $pid 2>/dev/null; wait $pid; kill -KILL $$; fi\n"
        'exec "$REAL" "$@"'
    )


class TableSubject:
    """A tool with a shipped table."""

    name: str
    tools: tuple[str, ...]
    can: Can
    quick = False
    environment = ENVIRONMENT

    def backend(self) -> Backend:
        return TableBackend(next(one for one in shipped_tables() if one.name == self.name))

    def share(self, place: Path, files: Mapping[bytes, bytes]) -> str:
        address = self.begin(place / "shared")
        if files:
            self.check_out(address, place / "seed")
            write_files(place / "seed", files)
            self.publish(place / "seed")
        return address

    def begin(self, place: Path) -> str:
        """Make an empty shared repository."""
        raise NotImplementedError

    def check_out(self, address: str, folder: Path) -> None:
        raise NotImplementedError

    def publish(self, folder: Path) -> None:
        raise NotImplementedError

    def unplug(self, address: str) -> None:
        path = Path(address.removeprefix("file://"))
        path.rename(f"{path}.unplugged")

    def ignore(self, folder: Path, name: str) -> None:
        raise NotImplementedError

    def unfinished(self, folder: Path) -> str:
        raise NotImplementedError


class SvnSubject(TableSubject):
    """The real svn."""

    name = "svn"
    tools = ("svn", "svnadmin", "svnversion")
    can = replace(TOOL, offline=False, tabs=False, not_utf8=False)

    def begin(self, place: Path) -> str:
        do(place.parent, "svnadmin", "create", str(place))
        return f"file://{place}"

    def check_out(self, address: str, folder: Path) -> None:
        do(folder.parent, "svn", "checkout", "-q", address, str(folder))

    def publish(self, folder: Path) -> None:
        do(folder, "svn", "add", "-q", "--force", ".")
        do(folder, "svn", "commit", "-q", "--force-log", "-m", "by hand")

    def ignore(self, folder: Path, name: str) -> None:
        do(folder, "svn", "propset", "-q", "svn:ignore", name, ".")

    def unfinished(self, folder: Path) -> str:
        lines = do(folder, "svn", "status").splitlines()
        return "\n".join(
            line for line in lines if "C" in line[:7] or line.startswith(" " * 6 + ">")
        )


class FossilSubject(TableSubject):
    """The real fossil."""

    name = "fossil"
    tools = ("fossil",)
    can = replace(TOOL, links=False, nested=False, backslashes=False, not_utf8=False)

    def begin(self, place: Path) -> str:
        do(place.parent, "fossil", "init", str(place))
        return str(place)

    def check_out(self, address: str, folder: Path) -> None:
        repository = f"{folder}.fossil"
        do(folder.parent, "fossil", "clone", "--no-open", address, repository)
        do(folder.parent, "fossil", "open", "--nosync", repository, "--workdir", str(folder))

    def publish(self, folder: Path) -> None:
        do(folder, "fossil", "add", "--dotfiles", ".")
        do(folder, "fossil", "commit", "-m", "by hand", "--no-warnings")

    def ignore(self, folder: Path, name: str) -> None:
        do(folder, "fossil", "settings", "ignore-glob", name)

    def unfinished(self, folder: Path) -> str:
        lines = do(folder, "fossil", "changes", "--differ", "--merge", "--hash").splitlines()
        return "\n".join(line for line in lines if not line.startswith("EXTRA "))


class BrzSubject(TableSubject):
    """The real brz."""

    movable = True
    name = "bzr"
    tools = ("brz",)
    can = replace(TOOL, not_utf8=False)

    def begin(self, place: Path) -> str:
        do(place.parent, "brz", "init", "-q", str(place))
        return str(place)

    def check_out(self, address: str, folder: Path) -> None:
        do(folder.parent, "brz", "branch", "-q", address, str(folder))

    def publish(self, folder: Path) -> None:
        do(folder, "brz", "add", "-q", ".")
        do(folder, "brz", "commit", "-q", "-m", "by hand")
        do(folder, "brz", "push", "-q", "--no-remember", ":parent")

    def ignore(self, folder: Path, name: str) -> None:
        do(folder, "brz", "ignore", "-q", f"./{name}")

    def unfinished(self, folder: Path) -> str:
        lines = do(folder, "brz", "status", "-S").splitlines()
        return "\n".join(line for line in lines if line[:1] in ("C", "P", "+", "-", "R"))


class DarcsSubject(TableSubject):
    """The real darcs."""

    movable = True
    name = "darcs"
    tools = ("darcs",)
    can = replace(TOOL, links=False, programs=False)

    def begin(self, place: Path) -> str:
        do(place.parent, "darcs", "init", "-q", str(place))
        return str(place)

    def check_out(self, address: str, folder: Path) -> None:
        do(folder.parent, "darcs", "clone", "-q", address, str(folder))
        (folder / "_darcs/prefs/defaultrepo").write_text(os.path.relpath(address, folder))
        (folder / "_darcs/prefs/boring").write_text("# by default, names that begin with # are\n")

    def publish(self, folder: Path) -> None:
        do(folder, "darcs", "record", "-q", "-a", "-l", "-m", "by hand")
        do(folder, "darcs", "push", "-q", "-a")

    def ignore(self, folder: Path, name: str) -> None:
        with (folder / "_darcs/prefs/boring").open("a") as boring:
            boring.write(f"(^|/){name}$\n")

    def unfinished(self, folder: Path) -> str:
        lines = do(folder, "darcs", "mark-conflicts", "--dry-run").splitlines()
        return "\n".join(line for line in lines if line != "No conflicts to mark.")


def _found(value: Any) -> Any:
    """A command of mytool's with the program's whole path."""
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):
        return tuple((str(MYTOOL), *words[1:]) for words in value)
    return value


MYTOOL = Path(__file__).parents[1] / "table" / "mytool"


class MyToolSubject(TableSubject):
    """A made-up tool, driven by a user's own table of nothing but the contract's commands."""

    without: tuple[str, ...] = ()
    """Commands that the table does not have."""
    name = "mytool"
    tools = ("bash",)
    quick = True
    can = replace(
        TOOL,
        keep_both=False,
        programs=False,
        some=False,
        aside=False,
        lines=False,
        fetches=False,
        ignores=False,
    )

    def backend(self) -> Backend:
        file = MYTOOL.with_suffix(".yaml")
        (table,) = load(file, environment={}, home=Path("/")).vcs
        found = {one.name: _found(getattr(table, one.name)) for one in fields(table)}
        missing: dict[str, Any] = dict.fromkeys(self.without, ())
        return TableBackend(replace(VcsTable(**found), **missing))

    def meanwhile(self, folder: Path, script: str) -> None:
        """Have this happen in the working copy in the middle of the next pull."""
        (folder / ".mytool" / "meanwhile").write_text(script)

    def begin(self, place: Path) -> str:
        do(place.parent, str(MYTOOL), "share", str(place))
        return str(place)

    def check_out(self, address: str, folder: Path) -> None:
        do(folder.parent, str(MYTOOL), "checkout", address, str(folder))

    def publish(self, folder: Path) -> None:
        for words in (["addremove"], ["commit", "-m", "by hand"], ["push"]):
            do(folder, str(MYTOOL), *words)

    def unfinished(self, folder: Path) -> str:
        done = subprocess.run([MYTOOL, "status"], cwd=folder, capture_output=True, check=False)
        return done.stdout.decode("utf-8", "surrogateescape")
