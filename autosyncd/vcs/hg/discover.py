"""From the path in the settings to a working copy that we may work in, or why not."""

import os
import re
import shlex
from pathlib import Path

from autosyncd.errors import NeedsUserError, ToolError
from autosyncd.vcs.hg.command import Hg
from autosyncd.vcs.hg.layout import Layout

OLDEST = (6, 3)
"""The first Mercurial with which it is tested."""


def control_entry(path: Path) -> Path | None:
    """The nearest `.hg` at or above a path."""
    return next((p / ".hg" for p in (path, *path.parents) if os.path.lexists(p / ".hg")), None)


def discover(path: Path) -> Layout:
    """The working copy around `path`; raises NeedsUserError with the reason and the way out."""
    folder = _folder(path)
    control = control_entry(folder)
    if control is None:
        raise NeedsUserError(
            f"cannot sync {path}: it is not in a Mercurial repository",
            hint=f"hg init {shlex.quote(str(path))}",
        )
    if folder.is_relative_to(control):
        raise NeedsUserError(
            f"cannot sync {path}: it is inside Mercurial's own folder",
            hint="name the folder of the working copy",
        )
    root = control.parent
    layout = Layout(
        root, b"" if folder == root else os.fsencode(folder.relative_to(root)), _store(control)
    )
    _check_writable(layout)
    return layout


def _folder(path: Path) -> Path:
    try:
        folder = path.resolve(strict=True)
        with os.scandir(folder):
            return folder
    except (OSError, RuntimeError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise NeedsUserError(
            f"cannot sync {path}: {why}", hint="create or mount it, and let autosyncd's user in"
        ) from error


def _store(control: Path) -> Path:
    try:
        shared = (control / "sharedpath").read_text().strip()
    except FileNotFoundError:
        return control / "store"
    except OSError as error:
        raise _broken(control, error.strerror or str(error)) from error
    return (control / shared).resolve() / "store"


def _check_writable(layout: Layout) -> None:
    if not layout.control.is_dir() or not layout.store.is_dir():
        raise _broken(layout.control, "it has no store")
    for folder in (layout.root, layout.control, layout.store):
        if not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
            raise NeedsUserError(
                f"cannot sync {layout.root}: no permission to write {folder}",
                hint="allow the user of autosyncd to write it",
            )


def _broken(control: Path, why: str) -> NeedsUserError:
    return NeedsUserError(
        f"cannot sync {control.parent}: its .hg is broken: {why}",
        hint=f"see what `hg -R {shlex.quote(str(control.parent))} verify` says, or restore it "
        "from a copy",
    )


async def check_version(hg: Hg) -> None:
    """Raises NeedsUserError where hg is not there, or too old."""
    try:
        said = await hg.say("version", "-q")
    except ToolError as error:
        raise NeedsUserError(
            f"cannot use hg: {error.message}",
            hint="install Mercurial (for example: apt install mercurial)",
        ) from error
    first = (said.stdout.decode("utf-8", "replace").strip() or said.complaint).splitlines()[0]
    if parse_version(first) < OLDEST:
        raise NeedsUserError(
            f"cannot use {first}: {OLDEST[0]}.{OLDEST[1]} or newer is needed",
            hint="install a newer Mercurial",
        )


def parse_version(said: str) -> tuple[int, ...]:
    """The numbers in what `hg version -q` prints."""
    found = re.search(r"(\d+)\.(\d+)", said)
    return tuple(int(number) for number in found.groups()) if found else ()
