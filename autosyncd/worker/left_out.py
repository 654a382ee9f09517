"""What repositories leave out on purpose, as `held` tells it."""

from collections.abc import Iterable

from autosyncd.api.types import HeldPath, HeldResult
from autosyncd.vcs.base import Left
from autosyncd.worker.approving import shown
from autosyncd.worker.worker import Worker


def held(workers: Iterable[Worker]) -> HeldResult:
    """What these repositories leave out, why, and what to do about it."""
    return HeldResult(held=tuple(_path(one.name, left) for one in workers for left in one.held()))


def _path(name: str, left: Left) -> HeldPath:
    return HeldPath(
        repository=name,
        path=shown(left.path),
        why=left.why,
        hint=left.hint,
        approvable=left.reason is not None,
        reason=left.reason.value if left.reason else None,
    )
