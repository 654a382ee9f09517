"""The message of an automatic commit: the default, the user's template or the user's program."""

import asyncio
import logging
import os
import time
from pathlib import Path

from autosyncd.config.model import MessageCommand, RepositorySettings
from autosyncd.core.changes import Change
from autosyncd.core.messages import (
    Context,
    default_message,
    from_template,
    listing,
    with_trailers,
)
from autosyncd.errors import AutosyncError, ToolError
from autosyncd.host.programs import holders
from autosyncd.process import run
from autosyncd.worker.surroundings import Surroundings

log = logging.getLogger(__name__)

COMMAND_TIMEOUT = 10.0


async def describe(
    settings: RepositorySettings,
    surroundings: Surroundings,
    root: Path,
    changes: tuple[Change, ...],
) -> str:
    """The whole message, trailers included; a program that fails never keeps from committing."""
    context = await _context(settings, surroundings, root)
    wish = settings.commit_message
    if isinstance(wish, MessageCommand):
        try:
            return with_trailers(await _ask(wish, settings, surroundings, root, changes), context)
        except AutosyncError as error:
            log.warning("%s: commit_message: %s; the default is used", settings.name, error)
    elif wish:
        return from_template(wish, changes, context)
    return default_message(changes, context)


async def _context(settings: RepositorySettings, surroundings: Surroundings, root: Path) -> Context:
    return Context(
        name=settings.name,
        host=surroundings.host,
        user=surroundings.user,
        date=time.strftime("%Y-%m-%d %H:%M:%S"),
        machine=surroundings.machine,
        programs=await asyncio.to_thread(holders, os.fsencode(root)),
    )


async def _ask(
    command: MessageCommand,
    settings: RepositorySettings,
    surroundings: Surroundings,
    root: Path,
    changes: tuple[Change, ...],
) -> str:
    """Run the program with the list of changes on its stdin."""
    finished = await run(
        command.argv,
        cwd=root,
        env={**surroundings.environment, **settings.env},
        stdin=listing(changes).encode(),
        timeout=COMMAND_TIMEOUT,
    )
    text = finished.stdout.decode("utf-8", "replace").strip()
    if finished.returncode or not text:
        said = finished.complaint or "it printed nothing"
        raise ToolError(f"{command.argv[0]} ended with {finished.returncode}: {said}")
    return text
