"""Whether a set of deletions looks like an accident: an unmounted disk, a program gone wrong."""

from dataclasses import dataclass

AT_LEAST = 20
"""Fewer deletions than these never wait, unless they leave nothing."""


@dataclass(frozen=True, slots=True)
class Deletions:
    """What a commit would delete: `gone` are the paths whose content is not elsewhere now.

    `tracked` counts the files before, `added` the paths that would be new, `earlier` those that
    were deleted by other commits a short while ago.
    """

    gone: frozenset[bytes]
    tracked: int
    added: int = 0
    earlier: int = 0


def waits(deletions: Deletions, max_delete: float, approved: frozenset[bytes]) -> bool:
    """Whether the user has to approve; `max_delete` is a share from 0 to 1.

    What was approved already counts as if it had never been there.
    """
    now = len(deletions.gone - approved)
    if not now or max_delete >= 1:
        return False
    gone = now + deletions.earlier
    tracked = deletions.tracked - len(deletions.gone & approved) + deletions.earlier
    empties = gone >= tracked and not deletions.added
    return empties or (gone >= AT_LEAST and gone > max_delete * tracked)
