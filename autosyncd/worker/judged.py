"""What was found in files before their worker was there, so that they need not be read again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autosyncd.config.model import RepositorySettings
from autosyncd.worker.contents import Verdict

_Rules = tuple[Path, int, str]
"""Where, and by which settings they were judged."""


@dataclass(slots=True)
class Judged:
    """The clean versions that `add` has just looked at, until the new worker takes them.

    A version is known by its stamp, so that whatever changed meanwhile is judged anew; what was
    found to be held is so in any case, since only the worker knows what was approved.
    """

    _found: dict[_Rules, Mapping[bytes, Verdict]] = field(default_factory=dict)

    def keep(self, settings: RepositorySettings, verdicts: Mapping[bytes, Verdict]) -> None:
        """Remember these for the worker that will have the same settings."""
        self._found[_rules(settings)] = {
            path: verdict for path, verdict in verdicts.items() if not verdict.finding
        }

    def take(self, settings: RepositorySettings) -> Mapping[bytes, Verdict]:
        """Hand them over, once."""
        return self._found.pop(_rules(settings), {})

    def drop(self, settings: RepositorySettings) -> None:
        """Nobody will take them."""
        self._found.pop(_rules(settings), None)


def _rules(settings: RepositorySettings) -> _Rules:
    return settings.path, settings.max_file_size, settings.secrets
