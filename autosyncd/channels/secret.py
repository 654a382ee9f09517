"""Reads a password or key from where the configuration says it is, at the time it is needed."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from autosyncd.config.model import Secret
from autosyncd.errors import AutosyncError, NeedsUserError
from autosyncd.process import run

COMMAND_LIMIT = 60.0
"""Seconds that a program may take to print it; it can be one that asks a person."""

LONGEST = 64 * 1024


async def read_secret(
    secret: Secret | None, environment: Mapping[str, str], what: str = "secret"
) -> str | None:
    """The secret, None where none is configured; `what` names it in errors, which never repeat
    any part of it.

    Raises NeedsUserError.
    """
    if secret is None or secret == Secret():
        return None
    if secret.value is not None:
        return secret.value
    if secret.file is not None:
        text = await asyncio.to_thread(_read, secret.file, what)
        return _first_line(text, what, str(secret.file))
    command = secret.command or ()
    return _first_line(await _asked(command, what, environment), what, command[0])


def _first_line(text: bytes, what: str, source: str) -> str:
    line = text.partition(b"\n")[0].removesuffix(b"\r")
    if not line:
        raise NeedsUserError(
            f"cannot read the {what}: the first line of {source} is empty",
            hint=f"put the {what} there",
        )
    return line.decode("utf-8", "surrogateescape")


def _read(file: Path, what: str) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(LONGEST)
    except OSError as error:
        raise NeedsUserError(
            f"cannot read the {what} from {file}: {error.strerror}",
            hint=f"make the file readable, or change `{what}_file`",
        ) from error


async def _asked(command: tuple[str, ...], what: str, environment: Mapping[str, str]) -> bytes:
    try:
        finished = await run(command, cwd="/", env=environment, timeout=COMMAND_LIMIT)
    except AutosyncError as error:
        raise NeedsUserError(
            f"cannot ask for the {what}: {error.message}", hint=f"try it by hand: {command[0]}"
        ) from error
    if finished.returncode:
        said = " ".join(finished.complaint.split())[:200] or "it does not say why"
        raise NeedsUserError(
            f"cannot ask for the {what}: {command[0]} ended with {finished.returncode}: {said}",
            hint=f"try it by hand: {command[0]}",
        )
    return finished.stdout
