"""Another message for an automatic commit that was not published yet.

The commits on it are made again on the new one; trees, authors and dates stay, and so do index and
working tree. What was there stays under `refs/autosync/backup/`.
"""

import time
from dataclasses import dataclass, replace

from autosyncd.errors import RepositoryFailedError, RetryError
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.originals import Original, read_commit, write_commit
from autosyncd.vcs.git.refs import branch_ref
from autosyncd.vcs.git.safety import Safety

MOST = 100
"""Commits that are made again at most: more are not what somebody describes in time."""

_OURS = b"\nAutosync-Id: "


@dataclass(frozen=True, slots=True)
class Reword:
    """Gives one commit on `branch`, whose head is `head`, another message; `tip` is what the remote
    was last seen to have."""

    git: Git
    safety: Safety
    branch: str
    head: str
    tip: str | None
    signs: bool

    async def run(self, commit: str, text: str) -> str:
        """The commit's new id; `text` takes the place of the subject, the rest stays as it is.

        Raises RepositoryFailedError if it has been pushed, or is no automatic commit of this
        branch, or if a signature would be lost; RetryError if somebody moved the branch meanwhile.
        """
        new = text.strip()
        if not new:
            raise RepositoryFailedError(f"cannot describe {commit[:12]}: the text is empty")
        commits = await self._from(commit)
        made: dict[str, str] = {}
        for old in commits:
            original = await read_commit(self.git, old)
            if original.signed and not self.signs:
                raise _signed(commit, old)
            if old == commit:
                original = _described(original, old, new)
            parents = tuple(made.get(parent, parent) for parent in original.parents)
            again = replace(original, parents=parents)
            made[old] = await write_commit(self.git, again, signs=self.signs)
        await self.safety.keep(self.head, time.time())
        await self._move(made[self.head])
        return made[commit]

    async def _from(self, commit: str) -> list[str]:
        """The commit and what was made on it, parents first; all unpublished."""
        tip = (self.tip,) if self.tip else ()
        unpublished = (self.head, "--not", "--remotes", *tip)
        listed = await self.git.output("rev-list", "--topo-order", "--reverse", *unpublished)
        if commit not in listed.decode("ascii").split():
            why = "it has been pushed, or is not on this branch"
            raise RepositoryFailedError(f"cannot describe {commit[:12]}: {why}")
        path = ("--ancestry-path", f"{commit}..{self.head}")
        after = await self.git.output("rev-list", "--topo-order", "--reverse", *path)
        commits = [commit, *after.decode("ascii").split()]
        if len(commits) > MOST:
            raise RepositoryFailedError(
                f"cannot describe {commit[:12]}: {len(commits) - 1} commits were made on it since",
                hint=f"`git notes add -m TEXT {commit[:12]}` says something of it, and makes none "
                "of them anew",
            )
        return commits

    async def _move(self, new: str) -> None:
        why, ref = "describe (autosync)", branch_ref(self.branch)
        moved = await self.git.run("update-ref", "-m", why, ref, new, self.head)
        if moved.returncode:
            raise RetryError(f"cannot describe a commit: {self.branch} moved meanwhile")


def _signed(commit: str, by_hand: str) -> RepositoryFailedError:
    which = "it" if by_hand == commit else f"{by_hand[:12]}, which was made on it,"
    return RepositoryFailedError(
        f"cannot describe {commit[:12]}: {which} is signed, and would not be any more",
        hint="sign it anew yourself: `git rebase -i -S`, or set commit.gpgSign",
    )


def _described(original: Original, commit: str, text: str) -> Original:
    if _OURS not in original.message:
        why = "autosync did not make it"
        raise RepositoryFailedError(
            f"cannot describe {commit[:12]}: {why}", hint="`git commit --amend`"
        )
    rest = original.message.partition(b"\n\n")[2]
    return replace(original, message=text.encode("utf-8", "surrogateescape") + b"\n\n" + rest)
