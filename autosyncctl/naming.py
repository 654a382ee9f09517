"""Which repositories the words of a command line mean: names first, then paths."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from autosyncctl.client import Client
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
        return request(tuple(_meant(client, word) for word in words))


def find(client: Client, word: str) -> RepositoryStatus:
    """The repository that the word means. Raises NoSuchRepositoryError."""

    def status(words: Words) -> Status:
        return client.call("status", StatusParams(repositories=words), Status)

    return ask(client, (word,), status).repositories[0]


def _meant(client: Client, word: str) -> str:
    try:
        client.call("status", StatusParams(repositories=(word,)), Status)
    except NoSuchRepositoryError:
        if not _is_path(word):
            raise
        return absolute(word)
    return word


def _is_path(word: str) -> bool:
    return "/" in word or word in (".", "..") or os.path.lexists(word)


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
