"""What Mercurial's words about a remote mean: pure.

Messages are those of hg and ssh in the C locale; where one is unknown, trying again later is the
answer that does no harm.
"""

from autosyncd.errors import (
    AutosyncError,
    OfflineError,
    RejectedError,
    RemoteNeedsUserError,
    RetryError,
)
from autosyncd.process import Finished
from autosyncd.vcs.hg.failures import complaint
from autosyncd.vcs.tree.storage import storage_trouble

_NEWER_THERE = (
    "push creates new remote head",
    "push creates multiple headed",
    "remote repository changed while pushing",
    "remote has unsynced changes",
    "unsynced remote changes",
    "repository changed while preparing changes",
    "repository changed while uploading changes",
    "repository changed while pushing",
    "push raced",
    "push failed",
)
_CREDENTIALS = (
    "permission denied (",
    "authorization required",
    "authorization failed",
    "http error 401",
    "http error 403",
    "too many authentication failures",
    "no supported authentication methods",
)
_HOST_KEY = ("host key verification failed", "remote host identification has changed")
_HOOK = ("hook failed", "hook exited", "hook killed")
_REFUSED = ("push not authorized", "ssl required", "pushkey-abort", "readonly")
_LOCKED_THERE = ("timed out waiting for lock", "waiting for lock on", "lock held by")
_UNKNOWN = ("unknown revision", "unknown branch", "unknown bookmark", "no such bookmark")
_UNRELATED = ("repository is unrelated",)


def unknown_there(finished: Finished) -> bool:
    """Whether the remote was reached and does not have what it was asked for."""
    said = finished.complaint.lower()
    return bool(finished.returncode) and any(words in said for words in _UNKNOWN)


def unrelated(finished: Finished) -> bool:
    """Whether a pull was refused since the remote has another history."""
    said = finished.complaint.lower()
    return bool(finished.returncode) and any(words in said for words in _UNRELATED)


def failure(finished: Finished, action: str, url: str) -> AutosyncError:
    """Why a command over the network failed; `action` completes "cannot …"."""
    said, words = finished.complaint.lower(), complaint(finished)
    if problem := storage_trouble(finished.complaint, action):
        return problem
    if any(known in said for known in _NEWER_THERE):
        return RejectedError(f"cannot {action}: another machine was faster")
    if any(known in said for known in _LOCKED_THERE):
        return RetryError(f"cannot {action}: a repository is locked", hint=words)
    if any(known in said for known in _CREDENTIALS):
        return RemoteNeedsUserError(
            f"cannot {action}: {url} wants credentials that are not there ({words})",
            hint="load the key into an agent, or set [auth] in ~/.hgrc; nothing ever asks",
        )
    if any(known in said for known in _HOST_KEY):
        return RemoteNeedsUserError(
            f"cannot {action}: the host of {url} is not known, or is another one",
            hint="log in there once by ssh, and check its key",
        )
    if unrelated(finished):
        return RemoteNeedsUserError(
            f"cannot {action}: {url} holds another history",
            hint="clone it into a new folder and copy your files there",
        )
    if any(known in said for known in _HOOK):
        return RemoteNeedsUserError(
            f"cannot {action}: a hook refuses it: {words}", hint="mend what it complains of"
        )
    if any(known in said for known in _REFUSED):
        return RemoteNeedsUserError(
            f"cannot {action}: {url} refuses it: {words}", hint="see what the server asks for"
        )
    return OfflineError(f"cannot {action}: {words}")
