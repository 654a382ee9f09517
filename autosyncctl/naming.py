"""Which repositories the words of a command line mean: names first, then paths."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from autosyncctl.client import Client
from autosyncd.api.asked import asked
from autosyncd.api.paths import as_sent
from autosyncd.api.requests import StatusParams
from autosyncd.api.types import RepositoryStatus, Status
from autosyncd.errors import NoSuchRepositoryError, UsageError

Result = TypeVar("Result")

Words = tuple[str, ...] | None


def ask(client: Client, words: Sequence[str], request: Callable[[Words], Result]) -> Result:
    """Make a request about the repositories that the words mean; all, if there are no words.

    The daemon has another current folder than the user: a word that is no name goes again as an
    absolute path. Raises NoSuchRepositoryError.
    """
    if not words:
        return request(None)
    try:
        return request(tuple(words))
    except NoSuchRepositoryError:
        meant = tuple(_meant(client, word) for word in words)
        if meant == tuple(words):
            raise
    return request(meant)


def find_all(client: Client, words: Sequence[str], what: str) -> Status:
    """The status of the repositories that the words mean, for a command that does `what` to them.

    Raises NoSuchRepositoryError that says so."""

    def request(words: Words) -> Status:
        return client.call("status", StatusParams(repositories=words), Status)

    try:
        return ask(client, words, request)
    except NoSuchRepositoryError as error:
        why = error.message.removeprefix(f"cannot {asked('status')}: ")
        raise NoSuchRepositoryError(f"cannot {what}: {why}", hint=error.hint) from error


def find(client: Client, word: str, what: str) -> RepositoryStatus:
    """The only repository that a word means, for a command that does `what` to it."""
    return find_all(client, (word,), what).repositories[0]


def _meant(client: Client, word: str) -> str:
    try:
        client.call("status", StatusParams(repositories=(word,)), Status)
    except NoSuchRepositoryError:
        return sent(word) if _is_path(word) else word
    return word


def _is_path(word: str) -> bool:
    return "/" in word or word in (".", "..") or os.path.lexists(word)


def sent(word: str) -> str:
    """The word as a path in a request, whatever its bytes are."""
    return as_sent(absolute(word))


def absolute(word: str) -> str:
    """The word as a path that the daemon understands.

    Links stay as they are written, except where `..` would mean another folder then."""
    try:
        path = Path(word).absolute()
        return str(path.resolve() if ".." in path.parts else path)
    except (OSError, RuntimeError) as error:
        raise UsageError(
            f"cannot tell what {word} is: {error}", hint="name it absolutely"
        ) from error
