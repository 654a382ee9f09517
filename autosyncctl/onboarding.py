"""What `add` and `clone` have in common: settings as words, and waiting with progress."""

import argparse
import re

import msgspec

from autosyncctl.client import Client
from autosyncctl.output import Output, complain
from autosyncctl.view import Cell, Tone, View
from autosyncctl.views.onboarding import added_view
from autosyncctl.words import clean
from autosyncd.api.events import ADDING, DaemonEvent
from autosyncd.api.paths import as_answered
from autosyncd.api.requests import SubscribeParams
from autosyncd.api.types import AddResult
from autosyncd.errors import AutosyncError, UsageError, because

PERIOD = 0.5
_SETTING = re.compile(r"([A-Za-z_]+)=(.*)", re.DOTALL)


def add_settings(parser: argparse.ArgumentParser) -> None:
    """`--set KEY=VALUE`, as often as needed."""
    parser.add_argument(
        *("--set", "-s"),
        dest="settings",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="a setting of this repository, such as settle=1s (may be given several times)",
    )


def settings_of(arguments: argparse.Namespace) -> dict[str, str]:
    """The settings by their keys; raises UsageError."""
    found: dict[str, str] = {}
    for word in arguments.settings:
        parts = _SETTING.fullmatch(word)
        if not parts:
            raise UsageError(
                f"cannot set '{word}': it is not KEY=VALUE", hint="write it as --set settle=1s"
            )
        found[parts[1]] = parts[2]
    return found


def wait_for(client: Client, output: Output, method: str, params: object) -> AddResult:
    """Make the request, and show on a terminal what is being done until the answer is there."""
    _check_utf8(method, msgspec.to_builtins(params))
    try:
        if not output.terminal:
            return client.call(method, params, AddResult, timeout=None)
        client.call("subscribe", SubscribeParams(kinds=("daemon",)), bool)
        asked = client.send(method, params)
        return client.read(_follow(client, asked, output), AddResult)
    except KeyboardInterrupt:
        goes_on = "autosyncd goes on with it; `autosyncctl status` shows when it is done"
        complain(AutosyncError(f"stopped waiting for the {method}", hint=goes_on))
        raise


def _check_utf8(method: str, params: dict[str, object]) -> None:
    """A configuration is UTF-8: it could only name another folder, of U+FFFD."""
    for value in params.values():
        if isinstance(value, str) and as_answered(value) != value:
            raise UsageError(
                f"cannot {method}: {value} is not UTF-8, and can't be written into a configuration",
                hint="give it another name",
            )


def _follow(client: Client, asked: int, output: Output) -> msgspec.Raw:
    with output.live() as show:
        while (answer := client.receive(asked, PERIOD, or_event=True)) is None:
            while event := client.next_event(0):
                if isinstance(event, DaemonEvent) and event.what == ADDING:
                    show(View(lines=((Cell(clean(event.detail or ""), Tone.BUSY),),)))
    return answer


def present(result: AddResult, output: Output) -> int:
    """Print what was done; 1 if the repository is not in step yet."""
    if output.json:
        output.document(result)
    else:
        output.show(added_view(result))
    if result.error is None:
        return 0
    hint = "it is tried again by itself; `autosyncctl status` shows how it goes"
    complain(AutosyncError(f"cannot sync {result.name} yet: {because(result.error)}", hint=hint))
    return 1
