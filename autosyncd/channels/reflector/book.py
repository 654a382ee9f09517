"""Which channels of a reflector belong to which repositories."""

from collections import deque
from collections.abc import Iterable
from pathlib import Path

from autosyncd.channels.base import Announcement, Served
from autosyncd.channels.reflector.seal import Seal, seal_of
from autosyncd.core.urls import normal_url, told_url

RECENT = 10
"""Commits of each repository that were told or heard of, as SparkleShare's clients remember."""

ROOTS_USED = 4
IDENTIFIER = ".sparkleshare"
IDENTIFIER_WIDTH = 200


class Room:
    """One channel: the repositories it is about, and what opens its messages (None: nothing)."""

    def __init__(self, seal: Seal | None) -> None:
        self.seal = seal
        self.repositories: list[str] = []


class Book:
    """The rooms by the names of their channels; made anew when the repositories change."""

    def __init__(self, key: str | None) -> None:
        self._key = key
        self.rooms: dict[str, Room] = {}
        self._identifiers: dict[str, str] = {}
        self._recent: dict[str, deque[str]] = {}

    def enter(self, repositories: Iterable[Served], identifiers: dict[str, str]) -> None:
        """These are the repositories now, and those of them with a SparkleShare identifier."""
        self.rooms = {}
        self._identifiers = identifiers
        for one in repositories:
            for seal in self.seals(one.url, str(one.root), one.roots):
                self._room(seal.channel, seal).repositories.append(one.repository)
            if identifier := identifiers.get(one.repository):
                self._room(identifier, None).repositories.append(one.repository)
        names = {name for room in self.rooms.values() for name in room.repositories}
        self._recent = {name: last for name, last in self._recent.items() if name in names}

    def _room(self, channel: str, seal: Seal | None) -> Room:
        return self.rooms.setdefault(channel, Room(seal))

    def seals(self, url: str, root: str, roots: tuple[str, ...]) -> tuple[Seal, ...]:
        """Those of a repository: machines may know its remote by another URL, or not its roots."""
        place = normal_url(told_url(url, root), root)
        identities = [f"url {place}", *(f"root {commit}" for commit in sorted(roots)[:ROOTS_USED])]
        return tuple(seal_of(identity, self._key) for identity in identities)

    def seals_of(self, announcement: Announcement) -> tuple[Seal, ...]:
        """Those under which a push is announced."""
        return self.seals(announcement.url, "/", announcement.roots)

    def identifier(self, repository: str) -> str | None:
        """The channel of SparkleShare's clients, if they share this repository."""
        return self._identifiers.get(repository)

    def remember(self, repository: str, commit: str) -> bool:
        """Note that a commit was told or heard of; returns if that is new."""
        recent = self._recent.setdefault(repository, deque(maxlen=RECENT))
        if commit in recent:
            return False
        recent.append(commit)
        return True


def read_identifiers(repositories: Iterable[Served]) -> dict[str, str]:
    """What SparkleShare calls those repositories that its clients share, too; reads files."""
    found = ((one.repository, _identifier(one.root)) for one in repositories)
    return {name: identifier for name, identifier in found if identifier}


def _identifier(root: Path) -> str | None:
    try:
        with (root / IDENTIFIER).open("rb") as file:
            text = file.read(IDENTIFIER_WIDTH + 1).strip()
    except OSError:
        return None
    usable = 0 < len(text) <= IDENTIFIER_WIDTH and text.isascii()
    name = text.decode("ascii") if usable else ""
    return name if name.isprintable() and not set(name) & set(" !") and name else None
