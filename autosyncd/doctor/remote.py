"""Whether the remote answers without asking anybody for anything, and takes pushes."""

import shlex
import time
from collections.abc import Sequence

from autosyncd.api.types import Finding
from autosyncd.core.urls import local_path, ssh_place
from autosyncd.doctor.subject import Subject
from autosyncd.errors import AutosyncError
from autosyncd.vcs.git.access import Obstacle, obstacle
from autosyncd.vcs.git.refs import branch_ref

_REFUSALS = (Obstacle.READ_ONLY, Obstacle.KEY_REFUSED, Obstacle.LOGIN_REFUSED)


async def check_remote(subject: Subject) -> Sequence[Finding]:
    """Ask it what it has; then ask whether it would take a push, without making one."""
    place = subject.place
    if place is None:
        return _without(subject)
    began = time.monotonic()
    try:
        contents = await place.ask()
    except AutosyncError as error:
        return (subject.problem(f"{subject.remote}: {error.message}", error.hint),)
    if contents is None:
        return (subject.problem(f"there is no git repository at {place.shown}", _create(subject)),)
    refused = await _push_refused(subject)
    seconds = time.monotonic() - began
    return refused or (subject.ok(f"{subject.remote} answers ({seconds:.1f} s)"),)


async def _push_refused(subject: Subject) -> tuple[Finding, ...]:
    place = subject.place
    if place is None or not (subject.entry.settings.pushes and subject.head and subject.branch):
        return ()
    complaint = await place.refuses_push(subject.head, branch_ref(subject.branch))
    if complaint is None or obstacle(complaint) not in _REFUSALS:
        return ()
    message, hint = await place.why_not(complaint)
    return (subject.problem(f"{subject.remote} can be read, and not pushed to: {message}", hint),)


def _without(subject: Subject) -> tuple[Finding, ...]:
    settings = subject.entry.settings
    if not (settings.pulls or settings.pushes):
        return ()
    path = shlex.quote(str(settings.path))
    return (
        subject.note(
            "it has no remote: its commits stay on this machine",
            f"`autosyncctl add {path} --remote URL`",
        ),
    )


def _create(subject: Subject) -> str:
    place = subject.place
    url = place.url if place else ""
    if (path := local_path(url)) is not None:
        return f"is a disk not mounted? Else: `git init --bare {shlex.quote(path)}`"
    correct = f"correct the URL: `{subject.layout.typed} remote set-url {subject.remote} URL`"
    if there := ssh_place(url):
        made = shlex.quote(f"git init --bare {there.quoted_path}")
        return f"create it, where there is a shell: `{there.command} {made}`; or {correct}"
    return f"create it on the host's web page, or {correct}"
