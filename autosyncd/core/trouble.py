"""What stands in a repository's way, and when to try again."""

from dataclasses import dataclass

from autosyncd.core.backoff import Backoff


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something failed; `retry_at` is on the loop's clock.

    `needs_user`: waiting alone will not help. `offline`: the remote could not be reached. `away`:
    the watched folder is not there; `approvable`: the user can say that it is meant so.
    """

    operation: str
    message: str
    hint: str | None
    backoff: Backoff
    retry_at: float
    needs_user: bool = False
    offline: bool = False
    away: bool = False
    approvable: bool = False

    @property
    def reason(self) -> str:
        """What and how, in one line."""
        return f"{self.message}; {self.hint}" if self.hint else self.message

    def same_as(self, other: "Trouble | None") -> bool:
        """Whether it would tell people nothing new."""
        return (
            other is not None
            and (self.operation, self.message, self.hint)
            == (other.operation, other.message, other.hint)
            and (self.needs_user, self.offline) == (other.needs_user, other.offline)
        )
