"""git's own configuration, read in one go (git-config(1))."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from autosyncd.vcs.git.command import Git

_TRUE = ("true", "yes", "on", "1")


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

    @property
    def remotes(self) -> frozenset[str]:
        """The names of all remotes that have a URL."""
        return frozenset(
            key.removeprefix("remote.").removesuffix(".url")
            for key in self.values
            if key.startswith("remote.") and key.endswith(".url")
        )


async def read_config(git: Git) -> GitConfig:
    """Everything that git's configuration files say, as they apply to this repository."""
    return parse_config(await git.output("config", "--includes", "--list", "-z"))


def parse_config(out: bytes) -> GitConfig:
    """What `git config --list -z` prints; a key without a value means true."""
    pairs = (entry.partition(b"\n") for entry in out.split(b"\0") if entry)
    return GitConfig({os.fsdecode(k): os.fsdecode(v) if nl else "true" for k, nl, v in pairs})
