"""When two spellings of a remote's URL mean the same place (git-clone(1), GIT URLS)."""

import posixpath
import re
import shlex
from dataclasses import dataclass

_SCP_LIKE = re.compile(r"(?P<host>[^/:]+):(?P<path>(?!//).*)")
_SCHEME = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>[^/]*)(?P<path>/.*)?", re.IGNORECASE
)


def normal_url(url: str, root: str) -> str:
    """One spelling for all that mean the same; `root` is what a relative path is relative to."""
    if found := _SCHEME.fullmatch(url):
        scheme, host = found["scheme"].lower(), _without_password(found["host"]).lower()
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


_LOGIN = re.compile(r"(?<=://)([^/@\s:]*)(:[^/\s]*)?@")
_LONGEST_USER = 20
"""Characters; what is longer in the place of a user's name is an access token."""


def without_passwords(text: str) -> str:
    """A URL, or a text with URLs in it, without the passwords and tokens in them."""
    return _LOGIN.sub(lambda found: f"{found[1]}@" if len(found[1]) <= _LONGEST_USER else "", text)


def _without_password(host: str) -> str:
    login, _, name = host.rpartition("@")
    user = login.partition(":")[0]
    return f"{user}@{name}" if user and len(user) <= _LONGEST_USER else name


@dataclass(frozen=True, slots=True)
class SshPlace:
    """A place reached by ssh: `destination` is [user@]host, `port` None where ssh knows it.

    `path` is as the shell there takes it, relative to the home.
    """

    destination: str
    port: str | None
    path: str

    @property
    def arguments(self) -> tuple[str, ...]:
        """What ssh is told of it."""
        return (*(("-p", self.port) if self.port else ()), "--", self.destination)

    @property
    def command(self) -> str:
        """How a person connects to it."""
        port = f"-p {self.port} " if self.port else ""
        return f"ssh {port}{shlex.quote(self.destination)}"

    @property
    def quoted_path(self) -> str:
        """The path as a word for the shell there; a leading ~ keeps its meaning."""
        found = re.fullmatch(r"(~[A-Za-z0-9._-]*)(/.*)?", self.path, re.DOTALL)
        if not found:
            return shlex.quote(self.path if not self.path.startswith("-") else f"./{self.path}")
        return found[1] + (shlex.quote(found[2]) if found[2] else "")


def ssh_place(url: str) -> SshPlace | None:
    """Where an ssh URL points; None for every other kind of URL."""
    if found := _SCHEME.fullmatch(url):
        if found["scheme"].lower() not in ("ssh", "git+ssh", "ssh+git"):
            return None
        user, at, rest = found["host"].rpartition("@")
        parts = re.fullmatch(r"(\[[^]]*\]|[^:]*)(?::(\d+))?", rest)
        if not parts or not parts[1]:
            return None
        path = found["path"] or "/"
        return SshPlace(
            f"{user.partition(':')[0]}{at}{parts[1].strip('[]')}",
            parts[2],
            path[1:] if path.startswith("/~") else path,
        )
    if found := _SCP_LIKE.fullmatch(url):
        return SshPlace(found["host"], None, found["path"])
    return None


def host_of(url: str) -> str | None:
    """The host in a URL, in lower case; None for a path."""
    if place := ssh_place(url):
        return place.destination.rpartition("@")[2].lower()
    found = _SCHEME.fullmatch(url)
    if not found or found["scheme"].lower() == "file":
        return None
    return found["host"].rpartition("@")[2].partition(":")[0].lower() or None


def local_path(url: str) -> str | None:
    """The path that a URL is, None if it leads to another machine."""
    if found := _SCHEME.fullmatch(url):
        return found["path"] if found["scheme"].lower() == "file" else None
    return None if _SCP_LIKE.fullmatch(url) else url


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
