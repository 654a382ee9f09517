"""git's own configuration, read in one go (git-config(1))."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.tree.signature import Signature, signature_at

_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0", "")


@dataclass(frozen=True, slots=True)
class GitConfig:
    """The last value of every key; section and variable names are in lower case."""

    values: Mapping[str, str]

    def get(self, key: str) -> str | None:
        """The value of a key, or None."""
        return self.values.get(key)

    def true(self, key: str) -> bool:
        """Whether a key is switched on."""
        return self.values.get(key, "").lower() in _TRUE

    def on(self, key: str, *, default: bool) -> bool:
        """Whether a key is switched on, or was never named and is so by default."""
        value = self.values.get(key)
        return default if value is None else value.lower() not in _FALSE

    @property
    def remotes(self) -> frozenset[str]:
        """The names of all remotes that have a URL."""
        return frozenset(
            key.removeprefix("remote.").removesuffix(".url")
            for key in self.values
            if key.startswith("remote.") and key.endswith(".url")
        )


_Files = dict[Path, Signature | None]


@dataclass(slots=True)
class ConfigReader:
    """Reads what git's configuration files say, again only when one of them has changed."""

    git: Git
    layout: Layout
    _config: GitConfig = field(default_factory=lambda: GitConfig({}))
    _files: _Files = field(default_factory=dict)

    async def read(self) -> GitConfig:
        """Everything they say, as it applies to this repository."""
        if self._files and self._files == _signatures(self._files):
            return self._config
        before = _signatures(self._places())
        out = await self.git.output("config", "--includes", "--show-origin", "--list", "-z")
        fields = out.split(b"\0")[:-1]
        self._config = parse_config(b"\0".join(fields[1::2]))
        self._files = _signatures(self._origins(fields[0::2])) | before
        return self._config

    def tells(self, config: GitConfig | None) -> bool:
        """Whether they still say what they said when this was read; cheap."""
        return config is self._config and self._files == _signatures(self._files)

    @property
    def files(self) -> tuple[Path, ...]:
        """Where settings are or may be, HEAD excepted."""
        return tuple(sorted(self._files.keys() - {self.layout.git_dir / "HEAD"}))

    def _places(self) -> tuple[Path, ...]:
        """Files that count as soon as they exist, and HEAD, on which includes may depend."""
        environment, home = self.git.environment, self.git.environment.get("HOME", "/")
        chosen = environment.get("GIT_CONFIG_GLOBAL")
        user = Path(environment.get("XDG_CONFIG_HOME") or Path(home, ".config"), "git", "config")
        return (
            Path("/etc/gitconfig"),
            *((Path(chosen),) if chosen else (Path(home, ".gitconfig"), user)),
            self.layout.common_dir / "config",
            self.layout.git_dir / "config.worktree",
            self.layout.git_dir / "HEAD",
        )

    def _origins(self, origins: Iterable[bytes]) -> set[Path]:
        files = {origin for origin in origins if origin.startswith(b"file:")}
        return {self.git.folder / os.fsdecode(origin.removeprefix(b"file:")) for origin in files}


def _signatures(files: Iterable[Path]) -> _Files:
    return {file: signature_at(file) for file in files}


def parse_config(out: bytes) -> GitConfig:
    """What `git config --list -z` prints; a key without a value means true."""
    pairs = (entry.partition(b"\n") for entry in out.split(b"\0") if entry)
    return GitConfig({os.fsdecode(k): os.fsdecode(v) if nl else "true" for k, nl, v in pairs})
