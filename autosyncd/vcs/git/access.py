"""What keeps us from a remote, as exactly as ssh's, curl's and git's words tell it: pure functions.

The messages are those of OpenSSH, libcurl and git in the C locale.
"""

import shlex
from enum import Enum, auto

from autosyncd.core.urls import SshPlace, host_of, ssh_place, without_passwords
from autosyncd.vcs.git.remote import is_local, main_line


class Obstacle(Enum):
    """Why a remote did not answer as a repository."""

    UNKNOWN_HOST_KEY = auto()
    CHANGED_HOST_KEY = auto()
    KEY_REFUSED = auto()
    LOGIN_REFUSED = auto()
    READ_ONLY = auto()
    NO_REPOSITORY = auto()
    NO_GIT = auto()
    NO_HOST = auto()
    NO_ANSWER = auto()
    FOREIGN_OWNER = auto()
    OTHER = auto()


_SIGNS: tuple[tuple[Obstacle, tuple[str, ...]], ...] = (
    (Obstacle.CHANGED_HOST_KEY, ("remote host identification has changed",)),
    (Obstacle.UNKNOWN_HOST_KEY, ("host key verification failed", "no matching host key")),
    (Obstacle.READ_ONLY, ("marked as read only", "write access to repository not granted")),
    (
        Obstacle.KEY_REFUSED,
        ("permission denied (", "too many authentication failures", "no supported authentication"),
    ),
    (
        Obstacle.LOGIN_REFUSED,
        (
            *("authentication failed", "could not read username", "could not read password"),
            *("terminal prompts disabled", "access denied", "returned error: 401"),
            *("returned error: 403", "invalid credentials", "invalid username or password"),
        ),
    ),
    (Obstacle.FOREIGN_OWNER, ("dubious ownership",)),
    (
        Obstacle.NO_REPOSITORY,
        (
            *("repository not found", "' not found", "does not appear to be a git repository"),
            *("returned error: 404", "could not find repository", "not exported"),
            *("did you run git update-server-info", "project you were looking for could not"),
        ),
    ),
    (Obstacle.NO_GIT, ("git-upload-pack: command not found", "git-upload-pack: not found")),
    (
        Obstacle.NO_HOST,
        ("could not resolve", "name or service not known", "nodename nor servname"),
    ),
    (
        Obstacle.NO_ANSWER,
        (
            *("connection refused", "connection timed out", "no route to host"),
            *("network is unreachable", "failed to connect", "couldn't connect", "timed out"),
            "kex_exchange_identification",
        ),
    ),
)


def obstacle(complaint: str) -> Obstacle:
    """What a failed command complains about."""
    text = complaint.lower()
    for found, signs in _SIGNS:
        if any(sign in text for sign in signs):
            return found
    return Obstacle.OTHER


def explain(complaint: str, url: str) -> tuple[str, str | None]:
    """What is wrong, and the command that mends it; for a key that is refused see `agent`."""
    found, place = obstacle(complaint), ssh_place(url)
    shown = without_passwords(url)
    if place and (said := _of_ssh(found, place)):
        return said
    if said := _of_git(found, shown, local=is_local(url)):
        return said
    host = host_of(url)
    why = without_passwords(main_line(complaint))
    if found is Obstacle.NO_HOST:
        return (
            f"there is no host {host} that this machine can find",
            "check the URL, and the network",
        )
    if found is Obstacle.NO_ANSWER:
        return f"{host} does not answer: {why}", _try_it(place, shown)
    return f"it does not work: {why}", _try_it(place, shown)


def _of_ssh(found: Obstacle, place: SshPlace) -> tuple[str, str] | None:
    host, port = place.destination.rpartition("@")[2], place.port
    known = f"[{host}]:{port}" if port and port != "22" else host
    match found:
        case Obstacle.UNKNOWN_HOST_KEY:
            return (
                f"the key of the host {known} is not known to ssh here",
                f"connect once by hand, compare the fingerprint, and say yes: `{place.command}`",
            )
        case Obstacle.CHANGED_HOST_KEY:
            return (
                f"the key of the host {known} is another one than before",
                "somebody may listen in; if the server was set up anew: "
                f"`ssh-keygen -R {shlex.quote(known)} && {place.command}`",
            )
        case Obstacle.KEY_REFUSED:
            return (
                f"{place.destination} accepts no key that ssh has here",
                f"`{copy_id(place)}`",
            )
        case Obstacle.NO_GIT:
            return (
                f"there is no git at {host}",
                f"install git there, for example: `{place.command} sudo apt install git`",
            )
    return None


def _of_git(found: Obstacle, url: str, *, local: bool) -> tuple[str, str] | None:
    match found:
        case Obstacle.LOGIN_REFUSED:
            return (
                f"{url} wants a login, and nobody can be asked for it",
                "let git remember it: `git config --global credential.helper store && "
                f"git ls-remote {shlex.quote(url)}`",
            )
        case Obstacle.READ_ONLY:
            return (
                f"{url} may be read with this key, and not written",
                "give the key write access at the host, or use another one",
            )
        case Obstacle.NO_REPOSITORY:
            where = "is a disk not mounted?" if local else "correct the URL, or create it there"
            return f"there is no git repository at {url}", where
        case Obstacle.FOREIGN_OWNER:
            return (
                f"git does not trust {url}, which belongs to another user",
                f"if you trust it: `git config --global --add safe.directory {shlex.quote(url)}`",
            )
    return None


def copy_id(place: SshPlace) -> str:
    """The command that makes a server accept the user's key."""
    port = f"-p {place.port} " if place.port else ""
    return f"ssh-copy-id {port}{shlex.quote(place.destination)}"


def _try_it(place: SshPlace | None, url: str) -> str:
    command = place.command if place else f"git ls-remote {shlex.quote(url)}"
    return f"see what it says by hand: `{command}`"
