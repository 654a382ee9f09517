"""Which branch of which remote a local branch goes with."""

from dataclasses import dataclass

from autosyncd.errors import RemoteNeedsUserError
from autosyncd.vcs.git.settings import GitConfig

NONE = "none"


@dataclass(frozen=True, slots=True)
class Upstream:
    """A branch at a remote; `known` is False for a remote that the repository does not have."""

    remote: str
    branch: str
    known: bool = True

    @property
    def ref(self) -> str:
        """The branch's name at the remote."""
        return f"refs/heads/{self.branch}"

    @property
    def tracking(self) -> str:
        """Where git keeps what the remote had."""
        return f"refs/remotes/{self.remote}/{self.branch}"

    @property
    def seen(self) -> str:
        """Where we keep what we last took from it or gave it; this never follows a rewrite."""
        return f"refs/autosync/seen/{_flat(self.remote)}/{_flat(self.branch)}"


def pending_ref(branch: str) -> str:
    """Where a merge is kept that is in no branch yet, so that git's gc leaves it alone."""
    return f"refs/autosync/pending/{_flat(branch)}"


def _flat(name: str) -> str:
    """One part of a ref name: `a` and `a/b` could not both exist as refs."""
    return name.replace("%", "%25").replace("/", "%2F")


def choose_upstream(config: GitConfig, wish: str | None, branch: str) -> Upstream | None:
    """The configured remote, else the branch's own, else origin; None where there is none."""
    own = config.get(f"branch.{branch}.remote")
    if wish == NONE:
        return None
    if wish is None:
        name = own if own in config.remotes else "origin"
        if name is None or name not in config.remotes:
            return None
    else:
        name = wish
    merge = config.get(f"branch.{branch}.merge") or ""
    follows = name == own and merge.startswith("refs/heads/")
    theirs = merge.removeprefix("refs/heads/") if follows else branch
    return Upstream(name, theirs, known=name in config.remotes)


def unknown_remote(upstream: Upstream, remotes: frozenset[str]) -> RemoteNeedsUserError:
    """The configuration names a remote that does not exist."""
    there = f"those there are: {', '.join(sorted(remotes))}" if remotes else "there is none at all"
    return RemoteNeedsUserError(
        f"the repository has no remote `{upstream.remote}`; {there}",
        hint=f"`git remote add {upstream.remote} URL`, or correct `remote` in the configuration",
    )
