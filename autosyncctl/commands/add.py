"""`autosyncctl add`: put a folder under autosync, and make it a repository if need be."""

import argparse
import os

from autosyncctl.naming import absolute
from autosyncctl.onboarding import add_settings, present, settings_of, wait_for
from autosyncctl.output import Output
from autosyncctl.session import connect
from autosyncd.api.requests import AddParams

ABOUT = """\
Put a folder under autosync. It becomes a git repository if it is none yet; URL becomes its remote,
and is created where it does not exist and that can be done from here (a path, or ssh with a shell).
What stands in the way is found out first, and then nothing is changed. Running it again is
harmless, and changes the settings that are given."""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`add PATH [--remote URL] [--set KEY=VALUE ...] [--dry-run]`."""
    about = "put a folder under autosync, and make it a repository if need be"
    parser = commands.add_parser("add", help=about, description=ABOUT)
    parser.add_argument("path", metavar="PATH", help="the folder")
    parser.add_argument("--remote", metavar="URL", help="where it is to be in step with")
    add_settings(parser)
    parser.add_argument(
        "--dry-run", action="store_true", help="only show what would be committed and held"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Add it; exit code 1 if it could not be added, or is not in step yet."""
    output = Output(arguments)
    params = AddParams(
        path=absolute(arguments.path),
        remote=None if arguments.remote is None else place(arguments.remote),
        set=settings_of(arguments),
        dry_run=arguments.dry_run,
    )
    with connect(arguments) as client:
        return present(wait_for(client, output, "add", params), output)


def place(url: str) -> str:
    """A URL; a relative path becomes absolute, since the daemon has another current folder.

    A mere word that names nothing here is more likely a slip than a new folder.
    """
    is_path = "://" not in url and ":" not in url.partition("/")[0]
    meant = "/" in url or os.path.lexists(url)
    return absolute(url) if is_path and meant else url
