"""Where git's ignore rules of a repository are (gitignore(5))."""

import os
from collections.abc import Mapping
from pathlib import Path

from autosyncd.core.ignoring import IgnoreSources
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.git.settings import GitConfig

_SPECIAL = "\\*?["


async def ignore_sources(
    git: Git, layout: Layout, config: GitConfig, lines: tuple[str, ...]
) -> IgnoreSources:
    """git's own rules and those of the configuration, for the watcher."""
    own = (layout.common_dir / "info" / "exclude",)
    everywhere = await _user_file(git, config)
    return IgnoreSources(
        files=(everywhere, *own) if everywhere else own,
        per_directory=b".gitignore",
        lines=lines,
        base=layout.below,
        kept=await _kept(git, layout, lines),
        control=frozenset({b".git"}),
    )


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
