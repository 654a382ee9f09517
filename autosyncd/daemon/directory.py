"""Which repositories here an announcement means: by their history, else by their remote's URL."""

from collections.abc import Iterable

from autosyncd.channels.base import Heard, Served
from autosyncd.core.urls import normal_url, told_url


class Directory:
    """The repositories that can be announced to, found in a time that their number does not
    change."""

    def __init__(self) -> None:
        self._served: dict[str, Served] = {}
        self._index: dict[str, set[str]] = {}

    def put(self, name: str, served: Served | None) -> bool:
        """What is known of a repository now (None: it has no remote); returns if that is new."""
        before = self._served.get(name)
        if before == served:
            return False
        if before:
            for key in _keys(before):
                self._index[key].discard(name)
                if not self._index[key]:
                    del self._index[key]
            del self._served[name]
        if served:
            self._served[name] = served
            for key in _keys(served):
                self._index.setdefault(key, set()).add(name)
        return True

    def all(self) -> tuple[Served, ...]:
        """All that are known."""
        return tuple(self._served.values())

    def get(self, name: str) -> Served | None:
        """What is known of one of them."""
        return self._served.get(name)

    def find(self, heard: Heard) -> tuple[str, ...]:
        """The names of the repositories that an announcement may mean.

        Of repositories with a common history, the URL tells which is meant. Machines may write
        one remote's URL differently (other users, aliases of hosts), so where nothing else fits
        and a history is not known, the same last part of the path will do: a repository that was
        not meant costs one look at its remote.
        """
        if heard.repository is not None:
            return (heard.repository,) if heard.repository in self._served else ()
        related = self._under(f"root {root}" for root in heard.roots)
        url = _normal(heard.url, "/") if heard.url else ""
        there = self._under([f"url {url}"])
        return tuple(sorted(related & there or related or there or self._alike(url, heard)))

    def _alike(self, url: str, heard: Heard) -> set[str]:
        found = self._under([f"last {_last_part(url)}"])
        return {name for name in found if not (heard.roots and self._served[name].roots)}

    def _under(self, keys: Iterable[str]) -> set[str]:
        return {name for key in keys for name in self._index.get(key, ())}


def _keys(served: Served) -> tuple[str, ...]:
    url = _normal(served.url, str(served.root))
    roots = (f"root {root}" for root in served.roots)
    return (f"url {url}", f"last {_last_part(url)}", *roots)


def _normal(url: str, root: str) -> str:
    return normal_url(told_url(url, root), root)


def _last_part(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2]
