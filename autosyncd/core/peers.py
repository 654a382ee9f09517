"""Which machines' working copies may be fetched from: pure decisions about URLs."""

import re
from fnmatch import fnmatchcase

AUTHENTICATED = "authenticated"
"""The word in a list of peers that stands for all whose announcement was authenticated."""

LONGEST = 1000

_NETWORK = re.compile(r"(?:ssh|git\+ssh|ssh\+git|git|https?)://[^-/\s][^\s]*", re.IGNORECASE)
_SCP_LIKE = re.compile(r"(?!-)[^/:\s]+:(?!:)[^\s].*")
_TRANSPORT = re.compile(r"[A-Za-z0-9][A-Za-z0-9+.-]*::.*")


def allowed(peers: tuple[str, ...], url: str, *, authenticated: bool) -> bool:
    """Whether a peer that announced this URL may be fetched from.

    `peers` are patterns of URLs, or the word above. A path of this machine has to be named by a
    pattern; what git would run as a command (`ext::`) is never allowed.
    """
    if not _usable(url):
        return False
    named = any(fnmatchcase(url, pattern) for pattern in peers if pattern != AUTHENTICATED)
    return named or (authenticated and AUTHENTICATED in peers and over_network(url))


def over_network(url: str) -> bool:
    """Whether a URL leads to another machine by a way that git has built in."""
    return bool(_NETWORK.fullmatch(url)) or ("://" not in url and bool(_SCP_LIKE.fullmatch(url)))


def _usable(url: str) -> bool:
    plain = url.isprintable() and 0 < len(url) <= LONGEST
    return plain and not url.startswith("-") and not _TRANSPORT.fullmatch(url)
