"""A repository's entry in the configuration: made, changed, taken out, and put back on failure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from autosyncd.api.near import did_you_mean
from autosyncd.config import put
from autosyncd.config.begin import begin
from autosyncd.config.entries import Entry, find_entry, read_entry
from autosyncd.config.files import DROP_IN_FOLDER
from autosyncd.config.model import Config, RepositorySettings
from autosyncd.config.repositories import default_name
from autosyncd.config.settings import REPOSITORY
from autosyncd.config.surgery import is_empty, with_settings, without_entry
from autosyncd.config.wording import listed, quoted
from autosyncd.config.writing import WRITTEN, drop_in, file_stem
from autosyncd.errors import AutosyncError, ConfigError, UsageError
from autosyncd.onboarding.means import Means

OWN_KEYS = tuple(name for name in REPOSITORY.names if name != "path")


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries of the configuration in use."""

    means: Means

    def current(self, action: str) -> Config:
        """The configuration as the files say it now; raises AutosyncError if it has mistakes."""
        try:
            return self.means.read_config()
        except ConfigError as error:
            raise AutosyncError(
                f"cannot {action}: the configuration has mistakes: {error.problems[0]}",
                hint="mend them first; `autosyncctl reload` lists them all",
            ) from error

    def plan(self, config: Config, path: Path, settings: Mapping[str, str]) -> RepositorySettings:
        """The settings that a new entry would give; raises UsageError if they can't be meant."""
        for key in settings:
            if key not in OWN_KEYS:
                meant = did_you_mean(key, OWN_KEYS)
                raise UsageError(
                    f"cannot set {quoted(key)}: there is no such setting; allowed: "
                    f"{listed(OWN_KEYS)}{meant}"
                )
        try:
            planned = read_entry(
                drop_in(str(path), _named(path, settings, config.repositories)),
                config.file,
                environment=self.means.around.environment,
                home=self.means.home,
            )
        except ConfigError as error:
            raise UsageError(f"cannot set {'; '.join(error.problems)}") from error
        _check_name(planned, config.repositories)
        return planned

    def find(self, config: Config, path: Path) -> Entry | None:
        """The entry of a watched directory; None if it is in no file."""
        return find_entry(
            config.file, path, environment=self.means.around.environment, home=self.means.home
        )

    async def insert(self, config: Config, path: Path, settings: Mapping[str, str]) -> Path:
        """Write a new entry and reload; returns its file. On failure all is as it was."""
        main = config.file or begin(self.means.around.environment, home=self.means.home)
        named = _named(path, settings, config.repositories)
        text = drop_in(str(path), named)
        stem = file_stem(self.plan(config, path, settings).name)
        file = put.create_beside(main.parent / DROP_IN_FOLDER, stem, text)
        _, seen = put.read(file)
        await self._reload_or(lambda: put.delete(file, seen))
        return file

    async def change(self, entry: Entry, settings: Mapping[str, str]) -> bool:
        """Change keys of an entry, comments kept, and reload; returns whether any changed."""
        before, seen = put.read(entry.file)
        after = with_settings(before, entry.index, settings)
        if after is None:
            raise AutosyncError(
                f"cannot change {entry.file}:{entry.line}: it is written in a form that only its "
                "author should edit",
                hint=f"write {', '.join(settings)} there, then: autosyncctl reload",
            )
        if after == before:
            return False
        await self._replace(entry.file, before, after, seen)
        return True

    async def take_out(self, entry: Entry, name: str) -> None:
        """Take an entry out of its file, and the file away if it was made for it; reload."""
        before, seen = put.read(entry.file)
        after = without_entry(before, entry.index)
        if after is None:
            raise AutosyncError(
                f"cannot remove {name}: {entry.file}:{entry.line} is written in a form that only "
                "its author should edit",
                hint="delete the entry there, then: autosyncctl reload",
            )
        if _is_ours(entry.file, after):
            put.delete(entry.file, seen)
            await self._reload_or(lambda: put.create(entry.file, before))
        else:
            await self._replace(entry.file, before, after, seen)

    async def _replace(self, file: Path, before: str, after: str, seen: put.Version) -> None:
        put.replace(file, after, seen)
        _, written = put.read(file)
        await self._reload_or(lambda: put.replace(file, before, written))

    async def _reload_or(self, undo: Callable[[], object]) -> None:
        try:
            await self.means.reload()
        except AutosyncError as error:
            undo()
            raise _not_accepted(error) from error


def _check_name(planned: RepositorySettings, others: tuple[RepositorySettings, ...]) -> None:
    for other in others:
        if other.name == planned.name and other.path != planned.path:
            raise UsageError(
                f"cannot use the name {quoted(planned.name)}: it is taken by {other.path}",
                hint="give another one: --set name=NAME",
            )


def _is_ours(file: Path, text: str) -> bool:
    """Whether nothing would be left in a file but what we had written there."""
    in_folder = file.parent.name == DROP_IN_FOLDER and not file.is_symlink()
    comments = text.replace(WRITTEN, "")
    return in_folder and WRITTEN in text and is_empty(text) and "#" not in comments


def _named(
    path: Path, settings: Mapping[str, str], others: tuple[RepositorySettings, ...]
) -> Mapping[str, str]:
    """The settings, with a name where that of the folder is taken: two such would both be renamed
    to their paths."""
    taken = {one.name for one in others} | {default_name(one.path) for one in others}
    wish = settings.get("name")
    if wish is not None or default_name(path) not in taken:
        return settings
    base = f"{default_name(path.parent)}-{default_name(path)}".lstrip("/-")
    number, name = 1, base
    while name in taken:
        number += 1
        name = f"{base}-{number}"
    return {"name": name, **settings}


def _not_accepted(error: AutosyncError) -> AutosyncError:
    if isinstance(error, ConfigError):
        return UsageError(f"cannot use that: {error.problems[0]}", hint="nothing was changed")
    return error
