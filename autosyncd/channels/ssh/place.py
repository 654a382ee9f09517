"""Where on which host a remote is, if it is reached by ssh (git-clone(1), GIT URLS)."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

_SCHEME = re.compile(
    r"(?:ssh|git\+ssh|ssh\+git)://(?:(?P<user>[^@/]*)@)?(?P<host>\[[^\]/]+\]|[^:/]+)"
    r"(?::(?P<port>\d+))?(?P<path>/.*)"
)
_SCP_LIKE = re.compile(r"(?:(?P<user>[^@/:]*)@)?(?P<host>\[[^\]/]+\]|[^/:]+):(?P<path>(?!//).+)")
_TRANSPORT = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*::")


@dataclass(frozen=True, slots=True)
class Place:
    """A path on a host; relative ones begin at the user's home there."""

    login: str
    port: str | None
    path: str


def place_of(url: str) -> Place | None:
    """Where a URL points to; None if that is not by ssh, or can't be told to a shell in a line."""
    found = _SCHEME.fullmatch(url)
    if not found and ("://" in url or _TRANSPORT.match(url)):
        return None
    found = found or _SCP_LIKE.fullmatch(url)
    if not found:
        return None
    parts = found.groupdict()
    host = parts["host"].strip("[]")
    path = parts["path"]
    if "://" in url:
        path = unquote(path)
        path = path[1:] if path.startswith("/~") else path
    path = path.removeprefix("~/") if path.startswith("~/") else path
    login = f"{parts['user']}@{host}" if parts["user"] else host
    if login.startswith("-") or path.startswith("~") or re.search(r"[\x00-\x1f\x7f]", login + path):
        return None
    return Place(login, parts.get("port"), path or ".")
