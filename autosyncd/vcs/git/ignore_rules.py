"""Where git's ignore rules of a repository are (gitignore(5))."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from autosyncd.core.ignoring import IgnoreSources
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.settings import ConfigReader, GitConfig
from autosyncd.vcs.tree.entry import Difference

_SPECIAL = "\\*?["


@dataclass(slots=True)
class IgnoreRules:
    """git's own rules of one working tree, and `lines`, those of the configuration."""

    git: Git
    layout: Layout
    settings: ConfigReader
    lines: tuple[str, ...]
    _config: GitConfig | None = None
    """The settings as they were when somebody asked for the rules."""
    _more: bool = False
    """Whether more tracked files are covered than then."""

    async def sources(self) -> IgnoreSources:
        """Where they are, for the watcher, and which tracked files they cover."""
        config, self._more = await self.settings.read(), False
        own = (self.layout.common_dir / "info" / "exclude",)
        everywhere = await _user_file(self.git, config)
        kept = await _kept(self.git, self.layout, self.lines)
        self._config = config
        return IgnoreSources(
            files=(everywhere, *own) if everywhere else own,
            per_directory=b".gitignore",
            lines=self.lines,
            base=self.layout.below,
            kept=kept,
            control=frozenset({b".git"}),
            read_from=self.settings.files,
        )

    def changed(self) -> bool:
        """Whether `sources` may say something else now, as far as no rule file is another one."""
        return self._more or not self.settings.tells(self._config)

    async def came_in(self, changes: Iterable[Difference]) -> None:
        """These came into the tree: there may be paths among them that rules cover."""
        self._more = self._more or await _brings_covered(self.git, changes)


async def _brings_covered(git: Git, changes: Iterable[Difference]) -> bool:
    added = b"".join(change.path + b"\0" for change in changes if change.old is None)
    if not added:
        return False
    asked = ("check-ignore", "--no-index", "-q", "-z", "--stdin")
    environment = {"GIT_LITERAL_PATHSPECS": "0"}
    said = await git.run(*asked, stdin=added, environment=environment)
    return said.returncode == 0


async def _user_file(git: Git, config: GitConfig) -> Path | None:
    if config.get("core.excludesfile") is None:
        return _default_file(git.environment)
    finished = await git.run("config", "--type=path", "--get", "core.excludesFile")
    name = os.fsdecode(finished.stdout.rstrip(b"\n"))
    return git.folder / name if name and not finished.returncode else None


def _default_file(environment: Mapping[str, str]) -> Path | None:
    if folder := environment.get("XDG_CONFIG_HOME"):
        return Path(folder) / "git" / "ignore"
    home = environment.get("HOME")
    return Path(home) / ".config" / "git" / "ignore" if home else None


async def _kept(git: Git, layout: Layout, lines: tuple[str, ...]) -> frozenset[bytes]:
    """Tracked files that the rules cover: they are followed all the same."""
    below = os.fsdecode(layout.below)
    patterns = [part for line in lines for part in _option(line, below)]
    out = await git.output(
        *("ls-files", "-z", "--ignored", "--cached", "--exclude-standard", *patterns),
        "--",
        *([layout.below] if below else []),
    )
    return frozenset(path for path in out.split(b"\0") if path)


def _option(line: str, below: str) -> tuple[str, ...]:
    """A pattern of the watched folder as one of the root's."""
    pattern = line.removeprefix("!")
    if not pattern.strip() or pattern.startswith("#"):
        return ()
    if below and "/" in pattern.rstrip("/"):
        escaped = "".join(f"\\{c}" if c in _SPECIAL else c for c in below)
        pattern = f"/{escaped}/{pattern.removeprefix('/')}"
    return ("-x", f"{line[: len(line) - len(line.removeprefix('!'))]}{pattern}")
