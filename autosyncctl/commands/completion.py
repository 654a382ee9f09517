"""`autosyncctl completion`: the script by which a shell completes command lines."""

import argparse

from autosyncctl.output import Output
from autosyncctl.session import connect
from autosyncd.api.near import did_you_mean
from autosyncd.api.requests import StatusParams
from autosyncd.api.types import Status
from autosyncd.errors import AutosyncError

SHELLS = ("bash", "zsh", "fish")
REPOSITORIES = "repositories"
ANSWER_LIMIT = 2.0
"""Seconds that somebody who pressed Tab waits at most."""

ABOUT = """\
Print the script by which a shell completes command lines of autosyncctl, names of repositories
included. bash: put `source <(autosyncctl completion bash)` into ~/.bashrc. zsh: the same with zsh
into ~/.zshrc, after compinit. fish: save it as ~/.config/fish/completions/autosyncctl.fish."""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`completion bash|zsh|fish`."""
    about = "the script that makes a shell complete command lines"
    parser = commands.add_parser("completion", help=about, description=ABOUT)
    parser.add_argument("shell", metavar="|".join(SHELLS), type=_shell, help="which shell")
    parser.set_defaults(run=run)


def _shell(word: str) -> str:
    if word not in (*SHELLS, REPOSITORIES):
        meant = did_you_mean(word, SHELLS)
        raise argparse.ArgumentTypeError(
            f"'{word[:40]}' is none{meant}; allowed: {', '.join(SHELLS)}"
        )
    return word


def run(arguments: argparse.Namespace) -> int:
    """Print it; and what the scripts ask for: the names of the repositories."""
    if arguments.shell == REPOSITORIES:
        _print_names(arguments)
        return 0
    from importlib import import_module

    from autosyncctl.anatomy import anatomy
    from autosyncctl.cli import parser

    shell = import_module(f"autosyncctl.shells.{arguments.shell}")
    Output(arguments).text(shell.script(anatomy(parser())))
    return 0


def _print_names(arguments: argparse.Namespace) -> None:
    """Silent where no daemon answers: who presses Tab wants no complaint."""
    try:
        with connect(arguments) as client:
            status = client.call("status", StatusParams(), Status, timeout=ANSWER_LIMIT)
    except AutosyncError:
        return
    for one in status.repositories:
        if one.name.isprintable():
            print(one.name)
