"""The command line of autosyncd."""

import argparse
from collections.abc import Sequence
from typing import NoReturn

from autosyncd.api.slips import reworded
from autosyncd.version import VERSION

WRONG_USE = 2

_EPILOG = """\
exit codes: 0 clean stop; 2 the configuration or the command line is wrong;
3 another daemon already serves this socket; 1 anything else.

The configuration is --config, $AUTOSYNC_CONFIG, ~/.config/autosync/autosync.yaml or
/etc/autosync/autosync.yaml, and then every autosync.d/*.yaml beside it.
SIGHUP reads it again; SIGTERM and SIGINT stop cleanly.
A configuration of 2011 (~/.autosync) is turned into YAML by `autosyncctl import`.

autosyncd reflector is a program of its own: see autosyncd reflector --help."""


class _Parser(argparse.ArgumentParser):
    """argparse's, but mistakes are one line that says what may have been meant."""

    def error(self, message: str) -> NoReturn:
        said = reworded(message, self._option_string_actions)
        self.exit(WRONG_USE, f"autosyncd: cannot start: {said}; see `autosyncd --help`\n")


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments; ends the program with exit code 2 if they are wrong."""
    return parser().parse_args(argv)


def parser() -> argparse.ArgumentParser:
    """The parser of the command line; the manual is made from it, too."""
    parser = _Parser(
        prog="autosyncd",
        description="Keep repositories in step on all your machines, by itself.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("paths", metavar="PATH", nargs="*", help="watch these repositories, too")
    parser.add_argument("--config", metavar="FILE", help="read this configuration")
    parser.add_argument("--socket", metavar="PATH", help="serve the control socket here")
    parser.add_argument(
        "--log-level",
        choices=("debug", "info", "warning", "error"),
        default="info",
        help="how much is logged to stderr (usually info)",
    )
    parser.add_argument(
        "--init",
        action="store_true",
        help="where there is no configuration, begin an empty one, for `autosyncctl add`",
    )
    parser.add_argument(
        "--check", action="store_true", help="check the configuration, print every mistake, end"
    )
    parser.add_argument(
        "--schema",
        action="store_true",
        help="print the JSON Schema of the configuration, for editors",
    )
    parser.add_argument(
        "--version", action="version", version=f"autosyncd {VERSION}", help="print the version"
    )
    return parser
