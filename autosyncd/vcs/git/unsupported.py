"""Repositories in which we could not keep what we promise: nothing in them is touched."""

import re
import shlex

from autosyncd.errors import NeedsUserError, RemoteNeedsUserError
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.settings import GitConfig

_PROMISOR, _PARTIAL = ".promisor", "extensions.partialclone"
_UNFIT = (
    re.compile(
        r"(?:unable to create file|cannot create directory at) '?(?P<path>.+?)'?: (?P<why>"
        r"File name too long|Invalid argument|Invalid or incomplete multibyte or wide character)$",
        re.MULTILINE,
    ),
    re.compile(r"(?P<why>invalid path) '(?P<path>.+)'$", re.MULTILINE),
)
_SHOWN = 100
_FILTER = re.compile(
    r"^(?:fatal: |error: )?(?P<path>.+): smudge filter (?P<name>.+) failed$", re.MULTILINE
)


def check_complete(config: GitConfig, layout: Layout) -> None:
    """Raise NeedsUserError for a partial clone: without the remote it can't merge, nor bring
    anything back, and what is missing in it can't be told from damage."""
    remotes = [
        key.removeprefix("remote.").removesuffix(_PROMISOR)
        for key in config.values
        if key.startswith("remote.") and key.endswith(_PROMISOR) and config.true(key)
    ]
    if not remotes and config.get(_PARTIAL) is None:
        return
    name = remotes[0] if remotes else config.get(_PARTIAL)
    git = f"git -C {shlex.quote(str(layout.root))}"
    unset = "; ".join(
        f"{git} config --unset-all {key}"
        for key in (f"remote.{name}.promisor", f"remote.{name}.partialclonefilter", _PARTIAL)
        if config.get(key) is not None
    )
    raise NeedsUserError(
        f"{layout.root} is a partial clone: not all of its history is here",
        hint=f"fetch the rest: `{unset}; {git} fetch --refetch {name}`",
    )


async def check_names(git: Git, treeish: str) -> None:
    """Raise RemoteNeedsUserError if a tree has names that differ in upper and lower case alone:
    where `core.ignorecase` is set one of them would take the place of the other."""
    out = await git.output("ls-tree", "-r", "-z", "--name-only", "--full-tree", treeish)
    if twins := find_twins(out.decode("utf-8", "backslashreplace").split("\0")[:-1]):
        one, other = twins
        raise RemoteNeedsUserError(
            f"{one} and {other} are one file on a file system that ignores case "
            "(core.ignorecase); nothing of it is taken in",
            hint="rename one of them on another machine; if this file system does tell them "
            "apart: `git config core.ignorecase false`",
        )


def incoming_trouble(complaint: str) -> RemoteNeedsUserError | None:
    """Whether git says that a file that comes in can't be written here, whoever tries.

    Local changes have nothing to do with that, and go on being committed.
    """
    for pattern in _UNFIT:
        if found := pattern.search(complaint):
            shown = found["path"] if len(found["path"]) <= _SHOWN else found["path"][:_SHOWN] + "…"
            return RemoteNeedsUserError(
                f"cannot take in {shown}: {found['why'].lower()}; nothing that comes in is taken",
                hint="rename it on another machine, where it can be written",
            )
    if found := _FILTER.search(complaint):
        return RemoteNeedsUserError(
            f"cannot take in {found['path']}: the filter {found['name']} failed",
            hint=f"see `git config filter.{found['name']}.smudge`: is that installed, and does it "
            "reach its server?",
        )
    return None


def find_twins(paths: list[str]) -> tuple[str, str] | None:
    """The first two paths that can't be in one place without case; also a file and a folder."""
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    for path in paths:
        folded = path.casefold()
        if other := files.get(folded):
            return other, path
        files[folded] = path
        while "/" in folded:
            folded = folded.rpartition("/")[0]
            folders.setdefault(folded, path)
    both = sorted(files.keys() & folders.keys())
    return (files[both[0]], folders[both[0]]) if both else None
