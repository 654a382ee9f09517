"""Every error that autosync raises on purpose."""

import re

_BREAK = re.compile(r"\s*[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]\s*")


def flat(text: str) -> str:
    """A text in one line; spaces stay as they are, since names have some, and are to be copied."""
    return _BREAK.sub(" ", text.strip())


class AutosyncError(Exception):
    """Something could not be done: `str()` says what and why, `hint` what to do about it."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def line(self) -> str:
        """The error in one line, as people read it."""
        text = f"{self.message}; {self.hint}" if self.hint else self.message
        return flat(text)


class ConfigError(AutosyncError):
    """The configuration has mistakes; `problems` are complete lines, one for each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class UsageError(AutosyncError):
    """A command line or a request that can't be meant."""


class AlreadyServedError(AutosyncError):
    """Another daemon serves the socket."""


class NoSuchRepositoryError(AutosyncError):
    """A name or a path that belongs to no watched repository."""


class PausedError(AutosyncError):
    """A paused repository was asked to do something."""


class RepositoryFailedError(AutosyncError):
    """A request reached the repository, and the repository could not do it."""


class NeedsUserError(AutosyncError):
    """Only the user can solve this; `hint` says how. Nothing at all is done until then."""


class AwayError(NeedsUserError):
    """The watched folder is not there, or on another disk: held until it is back.

    `approvable`: or until the user says that what is there now is meant.
    """

    def __init__(self, message: str, *, hint: str | None = None, approvable: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.approvable = approvable


class RemoteNeedsUserError(NeedsUserError):
    """Only the user can solve this, and it concerns the remote: local commits go on."""


class TooLargeError(RemoteNeedsUserError):
    """The remote refuses a push for its size; `complaint` is all that it said."""

    def __init__(self, message: str, *, hint: str | None = None, complaint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.complaint = complaint


class OfflineError(AutosyncError):
    """The remote can't be reached; trying again later may help."""


class RetryError(AutosyncError):
    """Something else was at work in the repository; look again in a moment."""


class RejectedError(RetryError):
    """The remote moved between our fetch and our push; fetch, integrate, push again."""


class LeftOutError(RetryError):
    """What the remote refuses at `paths` was taken out of what is to be pushed: push again."""

    def __init__(self, message: str, paths: frozenset[bytes]) -> None:
        super().__init__(message)
        self.paths = paths


class EditedError(RetryError):
    """The user changed `paths` before the tree could be moved: commit those, merge, try again."""

    def __init__(self, message: str, paths: frozenset[bytes]) -> None:
        super().__init__(message)
        self.paths = paths


class ToolError(AutosyncError):
    """A program failed in a way nobody foresaw."""


class ProgramTimeoutError(AutosyncError):
    """A program was stopped since it took longer than it may."""


class WatchLimitError(AutosyncError):
    """The kernel allows no more watches or instances to this user."""


def told(operation: str, message: str) -> str:
    """What went wrong in the form `cannot X: why`, which many messages have by themselves.

    Nobody asked for an inspection: what it finds stands for itself."""
    if operation == "inspect":
        return message
    return message if message.startswith("cannot ") else f"cannot {operation}: {message}"


def because(message: str) -> str:
    """The same as what follows on `cannot sync NAME: `."""
    if message.startswith("cannot sync "):
        return message.removeprefix("cannot sync ")
    return f"it {message}" if message.startswith("cannot ") else message
