"""`autosyncctl agent`: the desktop side, bubbles and questions."""

import argparse
import os
import shlex
import sys
from importlib.util import find_spec

from autosyncctl.session import where
from autosyncd.errors import AutosyncError


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`agent`."""
    about = "show bubbles on the desktop; the daemon starts this by itself"
    parser = commands.add_parser("agent", help=about, description=about)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run until the session ends; a second agent ends at once."""
    if find_spec("dbus") is None or find_spec("notify2") is None:
        raise AutosyncError(
            "cannot show bubbles: dbus-python and notify2 are not installed",
            hint=how_to_install(),
        )
    from autosyncctl.agent.desktop import Desktop
    from autosyncctl.agent.dialog import ask
    from autosyncctl.agent.life import Agent, only_one
    from autosyncctl.agent.session_bus import check_session_bus

    check_session_bus(os.environ)
    socket = where(arguments)
    if not only_one(socket):
        return 0
    desktop = Desktop(lambda offer: agent.chosen(offer))
    agent = Agent(socket, desktop.show, ask)
    desktop.start()
    agent.run()
    return 0


def how_to_install() -> str:
    """What puts both where this very program looks for them."""
    if sys.prefix == sys.base_prefix:
        return "by your system, for example: `sudo apt install python3-dbus python3-notify2`"
    return f"`{shlex.quote(sys.executable)} -m pip install dbus-python notify2`"
