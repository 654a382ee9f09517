"""When two spellings of a remote's URL mean the same place (git-clone(1), GIT URLS)."""

import posixpath
import re

_SCP_LIKE = re.compile(r"(?P<host>[^/:]+):(?P<path>(?!//).*)")
_SCHEME = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>[^/]*)(?P<path>/.*)?", re.IGNORECASE
)


def normal_url(url: str, root: str) -> str:
    """One spelling for all that mean the same; `root` is what a relative path is relative to."""
    if found := _SCHEME.fullmatch(url):
        scheme, host = found["scheme"].lower(), found["host"].lower()
        path = found["path"] or "/"
        if scheme == "file":
            return _path(path, root)
        return f"{_without_port(scheme, host)}{_path(path, '/')}"
    if found := _SCP_LIKE.fullmatch(url):
        return f"ssh://{found['host'].lower()}{_path('/' + found['path'].lstrip('/'), '/')}"
    return _path(url, root)


def _path(path: str, root: str) -> str:
    whole = posixpath.normpath(posixpath.join(root, path))
    return whole.removesuffix("/.git").removesuffix(".git")


_PORTS = {"ssh": ":22", "https": ":443", "http": ":80", "git": ":9418"}


def _without_port(scheme: str, host: str) -> str:
    return f"{scheme}://{host.removesuffix(_PORTS.get(scheme, ' '))}"


def told_url(url: str, root: str) -> str:
    """How other machines are told a URL: a path absolute, and without any password or token."""
    if found := _SCHEME.fullmatch(url):
        start, end = found.span("host")
        return url[:start] + _without_secret(found["scheme"].lower(), found["host"]) + url[end:]
    if _SCP_LIKE.fullmatch(url):
        return url
    return posixpath.normpath(posixpath.join(root, url))


def _without_secret(scheme: str, host: str) -> str:
    """For http the user is no part of the place, and is the token itself at some servers."""
    userinfo, at, name = host.rpartition("@")
    if not at or scheme in ("http", "https"):
        return name
    return f"{userinfo.partition(':')[0]}@{name}"
