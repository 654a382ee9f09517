"""`autosyncctl approve`: let a held file in, or a held mass deletion through."""

import argparse
import os
from pathlib import Path

from autosyncctl import naming
from autosyncctl.output import Output
from autosyncctl.session import connect
from autosyncctl.views.held import approved_view
from autosyncd.api.paths import as_sent
from autosyncd.api.requests import ApproveParams
from autosyncd.api.types import ApproveResult, RepositoryStatus

ABOUT = """\
Let held files in, each named by its path or by a folder around it; without PATH, let through the
deletions that wait all together. A PATH is relative to the current folder if that lies in the
repository, else to the repository."""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`approve REPO [PATH ...]`."""
    about = "let a held file in, or a held mass deletion through"
    parser = commands.add_parser("approve", help=about, description=ABOUT)
    parser.add_argument("repository", metavar="REPO", help="a name, or a path in a repository")
    parser.add_argument("paths", nargs="*", metavar="PATH", help="a held file, or a folder of them")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what was let through; exit code 1 if there was nothing to approve."""
    output = Output(arguments)
    with connect(arguments) as client:
        found = naming.find(client, arguments.repository, "approve")
        paths = tuple(_meant(word, found) for word in arguments.paths)
        params = ApproveParams(repository=found.name, paths=paths)
        result = client.call("approve", params, ApproveResult)
    if output.json:
        output.document(result)
    else:
        output.show(approved_view(found.name, result))
    return 0


def _meant(word: str, repository: RepositoryStatus) -> str:
    """The daemon has another current folder: what is here is named absolutely."""
    if word.startswith("/"):
        return as_sent(word)
    absolute = naming.absolute(word)
    here = os.path.lexists(absolute) or ".." in Path(word).parts
    return as_sent(absolute) if here and _inside(Path(absolute), Path(repository.path)) else word


def _inside(path: Path, folder: Path) -> bool:
    """As written, or with symbolic links resolved."""
    if path.is_relative_to(folder):
        return True
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):
        return False
