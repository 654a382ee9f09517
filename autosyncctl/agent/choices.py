"""What the buttons of the bubbles do."""

import os
import shutil
import subprocess
import threading
import time
from pathlib import Path

from autosyncctl.agent.bubbles import Act, Offer
from autosyncctl.agent.dialog import Ask
from autosyncctl.client import Client
from autosyncd.api import requests
from autosyncd.api.types import (
    ApproveResult,
    ConflictsResult,
    DescribeResult,
    Names,
    RepositoryStatus,
    Status,
    SyncResult,
)
from autosyncd.errors import AutosyncError

HOUR = 3600.0

ANSWER_LIMIT = 60.0
"""Seconds in which a description can be typed where no push is waiting for it."""


def carry_out(offer: Offer, client: Client, ask: Ask) -> None:
    """Do what the button says; raises AutosyncError with what the daemon answers."""
    name = offer.repository
    match offer.act:
        case Act.DESCRIBE:
            _describe(client, name, offer.commit or "", ask)
        case Act.SHOW:
            _show_conflict(client, name)
        case Act.RETRY:
            sync = requests.SyncParams(repositories=(name,), wait=False)
            client.call("sync", sync, SyncResult)
        case Act.PAUSE:
            pause = requests.PauseParams(repositories=(name,), for_=HOUR)
            client.call("pause", pause, Names)
        case Act.APPROVE:
            client.call("approve", requests.ApproveParams(repository=name), ApproveResult)


def _describe(client: Client, name: str, commit: str, ask: Ask) -> None:
    """The push waits for the dialog, but not for long; ignored, the automatic message stands."""
    client.call("describing", requests.DescribingParams(repository=name), bool)
    status = client.call("status", requests.StatusParams(repositories=(name,)), Status)
    (repository,) = status.repositories
    last = repository.last_commit
    if last is None or last.id != commit:
        raise AutosyncError("cannot describe the commit: it is not the last one any more")
    text = ask(
        f"autosync: {name}", "What did you change, and why?", last.subject, _time(repository)
    )
    if text and text != last.subject:
        described = requests.DescribeParams(repository=name, commit=commit, message=text)
        client.call("describe", described, DescribeResult)


def _time(repository: RepositoryStatus) -> float:
    """Seconds until the commit is pushed."""
    due = repository.next
    return max(1.0, due.at - time.time()) if due and due.action == "push" else ANSWER_LIMIT


def _show_conflict(client: Client, name: str) -> None:
    """Open the folder in which both versions are."""
    asked = requests.ConflictsParams(repositories=(name,))
    found = client.call("conflicts", asked, ConflictsResult).conflicts
    if not found:
        raise AutosyncError("cannot show the conflict: there is none any more")
    newest = max(found, key=lambda one: one.time or 0.0)
    open_folder((Path(newest.root) / newest.copy).parent)


def open_folder(folder: Path) -> None:
    """In the user's file manager, which outlives us: below systemd in a scope of its own, since a
    service that ends takes with it whatever was started from it (systemd.kill(5))."""
    program = shutil.which("xdg-open")
    if program is None:
        raise AutosyncError("cannot show the conflict: xdg-open is not installed")
    apart = shutil.which("systemd-run") if "INVOCATION_ID" in os.environ else None
    scope = (apart, "--user", "--scope", "--collect", "--quiet", "--") if apart else ()
    opener = subprocess.Popen(
        [*scope, program, str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    threading.Thread(target=opener.wait, daemon=True).start()
