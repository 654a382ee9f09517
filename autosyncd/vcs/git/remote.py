"""What git's exit codes and porcelain lines say about a remote: pure functions.

Messages are git's, ssh's and curl's in the C locale; where one is unknown, trying again later is
the answer that does no harm.
"""

import re
from dataclasses import dataclass

from autosyncd.core.urls import without_passwords
from autosyncd.errors import (
    AutosyncError,
    OfflineError,
    RejectedError,
    RemoteNeedsUserError,
    RetryError,
    TooLargeError,
)
from autosyncd.process import Finished
from autosyncd.vcs.git.upstream import Upstream
from autosyncd.vcs.tree.storage import storage_trouble

_CREDENTIALS = (
    "permission denied (",
    "authentication failed",
    "could not read username",
    "could not read password",
    "terminal prompts disabled",
    "invalid username or password",
    "invalid credentials",
    "http basic: access denied",
    "the requested url returned error: 401",
    "the requested url returned error: 403",
    "too many authentication failures",
    "no supported authentication methods",
)
_HOST_KEY = ("host key verification failed", "remote host identification has changed")
_MISSING = (
    "repository not found",
    "does not appear to be a git repository",
    "the requested url returned error: 404",
    "not found: did you run git update-server-info",
    "could not find repository",
    "' not found",
    "access denied or repository not exported",
)
_CONTENDED = (
    "failed to update ref",
    "cannot lock ref",
    "failed to lock",
    "incorrect old value provided",
    "fetch first",
    "non-fast-forward",
    "stale info",
)
_TOO_LARGE = re.compile(
    r"size limit|too large|larger than|large files? detected|exceeds? .*(size|limit)|"
    r"http 413|error: 413",
    re.IGNORECASE,
)
_AT_ONCE = re.compile(r"http 413|error: 413|pack exceeds", re.IGNORECASE)
_ABSENT_REF = "couldn't find remote ref"
_CUT_OFF = ("could not read from remote", "hung up", "unexpected disconnect", "early eof")
_NOISE = (
    "please make sure you have the correct access rights",
    "and the repository exists.",
    "mux_client_",
)
_LAST_RESORT = ("could not read from remote repository", "failed to push some refs")


@dataclass(frozen=True, slots=True)
class PushLine:
    """The line of `git push --porcelain` about one ref (git-push(1), OUTPUT)."""

    flag: str
    summary: str
    reason: str

    @property
    def taken(self) -> bool:
        """Whether the remote has the commit now, or had it before."""
        return self.flag in (" ", "*", "=", "+")


def no_such_branch(finished: Finished) -> bool:
    """Whether a fetch failed for that reason alone."""
    return bool(finished.returncode) and _ABSENT_REF in finished.complaint


def cut_off(finished: Finished) -> bool:
    """Whether the connection to the remote may be why a command failed."""
    text = finished.complaint.lower()
    failed = bool(finished.returncode) and not no_such_branch(finished)
    return failed and any(known in text for known in _CUT_OFF)


def fetch_failure(finished: Finished, upstream: Upstream, url: str) -> AutosyncError:
    """Why a fetch failed."""
    action = f"fetch from {upstream.remote}"
    return _local_failure(finished.complaint, action, upstream) or unreachable(
        finished.complaint, action, url, upstream.remote
    )


def push_failure(finished: Finished, upstream: Upstream, url: str) -> AutosyncError | None:
    """Why a push failed, or None: what counts is what the remote says of the ref."""
    line = parse_push(finished.stdout, upstream.ref)
    action = f"push to {upstream.remote}"
    if line is None and not finished.returncode:
        return OfflineError(f"cannot {action}: the remote did not say what it did")
    if line is not None:
        return None if line.taken else refused(line, finished.complaint, upstream)
    if _TOO_LARGE.search(finished.complaint):
        return _too_large(main_line(finished.complaint), finished.complaint, upstream)
    if finished.returncode == 1:
        return _hook_refused(finished, upstream)
    return _local_failure(finished.complaint, action, upstream) or unreachable(
        finished.complaint, action, url, upstream.remote
    )


def parse_push(out: bytes, ref: str) -> PushLine | None:
    """The line about `ref`, if there is one."""
    for line in out.decode("utf-8", "replace").splitlines():
        fields = line.split("\t")
        if len(fields) == 3 and fields[1].rpartition(":")[2] == ref:
            summary, _, reason = fields[2].partition(" (")
            return PushLine(fields[0] or " ", summary, reason.removesuffix(")"))
    return None


def refused(line: PushLine, complaint: str, upstream: Upstream) -> AutosyncError:
    """What a refusal of the ref means."""
    where = f"{upstream.branch} at {upstream.remote}"
    if line.summary == "[rejected]" or any(text in line.reason for text in _CONTENDED):
        return RejectedError(f"{where} moved meanwhile", hint="fetched, merged and tried again")
    if line.summary == "[remote failure]":
        return OfflineError(f"cannot push to {upstream.remote}: {line.reason}")
    if "currently checked out" in line.reason:
        return RemoteNeedsUserError(
            f"{upstream.remote} is no bare repository, and has {upstream.branch} checked out",
            hint="let the machines push to a bare repository: `git clone --bare FOLDER docs.git`",
        )
    said = _remote_words(complaint)
    why = (line.reason or line.summary) + (f": {said}" if said else "")
    if _TOO_LARGE.search(said):
        return _too_large(why, complaint, upstream)
    return RemoteNeedsUserError(
        f"{upstream.remote} refuses the push: {why}",
        hint="the commits stay here; mend what it complains about, or ask who runs the remote",
    )


def _too_large(why: str, complaint: str, upstream: Upstream) -> TooLargeError:
    """The remote refuses something for its size; what to do if it can't be told what."""
    if _AT_ONCE.search(complaint):
        return TooLargeError(
            f"{upstream.remote} refuses the push: so much at once is more than its server takes",
            hint="raise its limit (git: receive.maxInputSize, nginx: client_max_body_size), or "
            f"push in parts: `git push {upstream.remote} EARLIER_COMMIT:{upstream.branch}`",
            complaint=complaint,
        )
    return TooLargeError(
        f"{upstream.remote} refuses the push: {why}",
        hint=f"take it out of what was not pushed yet: `git reset --soft {upstream.remote}/"
        f"{upstream.branch}` and `git rm --cached FILE`, then ignore it, or set `max_file_size` to "
        "what the remote takes; the file stays here",
        complaint=complaint,
    )


def unreachable(complaint: str, action: str, url: str, remote: str = "origin") -> AutosyncError:
    """Why a remote could not be talked to."""
    text, why = complaint.lower(), without_passwords(main_line(complaint))
    if any(known in text for known in _HOST_KEY):
        return RemoteNeedsUserError(
            f"cannot {action}: {why}", hint="connect to it once by hand with ssh, and check its key"
        )
    if any(known in text for known in _CREDENTIALS):
        return RemoteNeedsUserError(
            f"cannot {action}: {why}",
            hint="give git credentials that need no prompt: an ssh key in the agent, or a "
            "credential helper",
        )
    if any(known in text for known in _MISSING) and not is_local(url):
        return RemoteNeedsUserError(
            f"cannot {action}: there is no repository at {without_passwords(url)}",
            hint=f"create it, or correct the URL: `git remote set-url {remote} URL`",
        )
    return OfflineError(f"cannot {action}: {why}")


def is_local(url: str) -> bool:
    """Whether a URL is a path: what is missing there may be on a disk that comes back."""
    if url.startswith("file://"):
        return True
    return "://" not in url and not re.match(r"[^/]+:", url)


def main_line(complaint: str) -> str:
    """The line that says the most, without its prefix."""
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    telling = [line for line in lines if not line.lower().startswith((*_NOISE, "hint:"))]
    specific = [line for line in telling if not any(t in line.lower() for t in _LAST_RESORT)]
    for chosen in (specific, telling, lines):
        if chosen:
            return re.sub(r"^(fatal|error): ", "", chosen[0])
    return "it did not say why"


def _local_failure(complaint: str, action: str, upstream: Upstream) -> AutosyncError | None:
    """What has nothing to do with the remote."""
    if ".lock': File exists" in complaint:
        return RetryError(
            f"cannot {action}: git is at work: {main_line(complaint)}",
            hint="it goes on by itself when that git command has ended",
        )
    if "cannot lock ref" in complaint and "exists; cannot create" in complaint:
        return RemoteNeedsUserError(
            f"cannot {action}: {main_line(complaint)}",
            hint=f"take away the old one: `git remote prune {upstream.remote}`",
        )
    return storage_trouble(complaint, action)


def _hook_refused(finished: Finished, upstream: Upstream) -> AutosyncError:
    lines = [line for line in finished.complaint.splitlines() if _LAST_RESORT[1] not in line]
    return RemoteNeedsUserError(
        "the pre-push hook refuses the push" + (f": {lines[-1]}" if lines else ""),
        hint=f"mend what it complains about; nothing was given to {upstream.remote}",
    )


def _remote_words(complaint: str) -> str:
    """What the server's hook said; first what it says about sizes."""
    said = [line.removeprefix("remote:").strip() for line in complaint.splitlines()]
    shown = [
        text
        for text, line in zip(said, complaint.splitlines(), strict=True)
        if line.startswith("remote:") and text
    ]
    shown.sort(key=lambda text: not _TOO_LARGE.search(text))
    return " ".join(shown[:3])
