"""What it means that a command of hg failed here, in words for people: pure.

Messages are those of hg in the C locale.
"""

from autosyncd.errors import AutosyncError, NeedsUserError, RetryError, ToolError
from autosyncd.process import Finished
from autosyncd.vcs.tree.storage import storage_trouble

_DOING = {
    "standing": "see where the working copy stands",
    "status": "look at the files",
    "commit_live": "commit",
    "reword": "describe the commit",
    "settle": "note which commit the files are of",
    "roll_forward": "finish a commit that was interrupted",
    "export": "write out what comes in",
    "compare": "merge",
    "texts": "merge",
    "lines": "merge",
    "lacking": "find out what to push",
    "publishable": "let a merge be pushed",
    "drop": "take back a merge",
}
"""What the operations of our extension are for; of all others: reading the history."""


class HgError(ToolError):
    """hg failed in a way nobody foresaw."""


class AbandonedError(RetryError):
    """The transaction of an hg that was killed is to be rolled back first."""


def complaint(finished: Finished) -> str:
    """What hg says is wrong, in one line."""
    lines = [line.strip() for line in finished.complaint.splitlines() if line.strip()]
    aborts = [line.removeprefix("abort: ") for line in lines if line.startswith("abort: ")]
    return (aborts or lines or [f"hg ended with {finished.returncode}"])[-1]


_LOCKED = ("waiting for lock", "timed out", "lock held by", "cannot lock", "unlocked")
_MOVED = ("has another parent by now", "no longer", "unknown working parent")
ABANDONED = "abandoned transaction"
_RULES = ("invalid pattern", "pattern is too long")


def failure(operation: str, finished: Finished) -> AutosyncError:
    """What a failed command means; `operation` is one of our extension, or completes "cannot …"."""
    said, whole = complaint(finished), finished.complaint
    doing = _DOING.get(operation, operation if " " in operation else "read the history")
    what = f"cannot {doing}: {said}"

    def says(known: tuple[str, ...]) -> bool:
        return any(words in whole for words in known)

    if says(_LOCKED):
        return RetryError("hg is at work here", hint=f"this passes by itself ({said})")
    if says(_MOVED):
        return RetryError("somebody used hg meanwhile", hint="this passes by itself")
    if says((ABANDONED,)):
        return AbandonedError(
            f"{what}, of an hg that was killed", hint="it is rolled back by itself"
        )
    if problem := storage_trouble(whole, doing):
        return problem
    if says(_RULES):
        return NeedsUserError(what, hint="mend that line of .hgignore, or what it includes")
    return _refusal(what, said, whole) or HgError(what, hint="see what `hg verify` says")


def _refusal(what: str, said: str, whole: str) -> NeedsUserError | None:
    """What keeps a commit from being made."""
    if "no username supplied" in whole:
        return NeedsUserError(
            "hg does not know who you are", hint="set `username` under [ui] in ~/.hgrc"
        )
    if "Permission denied" in whole:
        return NeedsUserError(what, hint="give the user of autosyncd the right to write .hg")
    if "hook failed" in whole or "hook exited" in whole or "hook is invalid" in whole:
        return NeedsUserError(
            f"a hook of the repository refuses the commit: {said}",
            hint="mend what it complains of, or set `commit_hooks: false`",
        )
    return None
