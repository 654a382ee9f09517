"""Opening a repository, and placing its watch."""

import logging
from collections.abc import Callable

from autosyncd.config.model import RepositorySettings
from autosyncd.errors import AutosyncError
from autosyncd.vcs.base import Fit, OpenOptions, Repository, Shut, fit_anyway, nothing_shut
from autosyncd.watch.base import Hint, Target, Watch
from autosyncd.watch.filesystem import needs_polling
from autosyncd.watch.polling import poll
from autosyncd.watch.stopgap import begin
from autosyncd.worker.backends import choose
from autosyncd.worker.surroundings import Surroundings

log = logging.getLogger(__name__)


async def open_repository(
    settings: RepositorySettings,
    around: Surroundings,
    tell_progress: Callable[[float], None] = lambda _share: None,
    fit: Fit = fit_anyway,
    shut: Shut = nothing_shut,
) -> Repository:
    """Open what the settings name, and claim it; raises NeedsUserError."""
    backend = choose(settings.vcs, settings.path, around.backends)
    repository = await backend.open(
        OpenOptions(
            path=settings.path,
            remote=settings.remote,
            ignore=settings.ignore,
            on_conflict=settings.on_conflict,
            commit_hooks=settings.commit_hooks,
            machine=around.machine,
            host=around.host,
            slots=around.slots,
            connections=around.connections,
            environment={**around.environment, **settings.env},
            tell_progress=tell_progress,
            fit=fit,
            shut=shut,
        )
    )
    around.claims.take(repository.root, settings.name)
    for inner, outer in around.claims.nested_with(repository.root):
        log.warning("%s lies inside %s, which leaves it out", inner, outer)
    return repository


async def start_watch(
    repository: Repository,
    settings: RepositorySettings,
    around: Surroundings,
    on_hint: Callable[[Hint], None],
) -> Watch:
    """Watch the repository as its settings say; where the kernel can't, by looking now and then."""
    target = Target(
        root=repository.root,
        below=repository.below,
        sources=await repository.ignore_sources(),
        control_dirs=repository.control_dirs,
        control_event=repository.control_event,
        interval=settings.poll_interval,
    )
    polls = settings.watch == "poll" or (settings.watch == "auto" and needs_polling(settings.path))
    if polls:
        return poll(target, settings.poll_interval, on_hint)
    return begin(around.watcher, target, on_hint)


async def follow_rules(repository: Repository, watch: Watch, moved: bool = False) -> bool:  # noqa: FBT001, FBT002 - of `partial`
    """Let the watch go by the rules as they are now, if they may be others (`moved`: they are).

    Returns whether it does; if they can't be had, it goes by those it has.
    """
    if moved or repository.ignores_changed():
        try:
            watch.follow(await repository.ignore_sources())
        except AutosyncError as error:
            why = error.line()
            log.debug("the ignore rules of %s are not known now: %s", repository.root, why)
            return False
    return True
