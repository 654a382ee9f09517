"""Writing commit objects in the user's name."""

import time
from dataclasses import dataclass

from autosyncd.errors import NeedsUserError, ProgramTimeoutError
from autosyncd.process import Finished
from autosyncd.vcs.base import CommitInfo
from autosyncd.vcs.git.command import LOCAL_TIMEOUT, Git, GitError

SIGNING_TIMEOUT = 60.0

_CONFIGURED = ("-c", "user.useConfigOnly=true", "-c", "i18n.commitEncoding=UTF-8")
_NOBODY = ("auto-detection is disabled", "Please tell me who you are", "empty ident name")


@dataclass(frozen=True, slots=True)
class Author:
    """Makes commits with the identity that git's configuration gives, signed if it says so."""

    git: Git
    signs: bool

    async def commit(self, tree: str, parents: tuple[str, ...], message: bytes) -> CommitInfo:
        """Write a commit object; raises NeedsUserError without an identity, or if it can't sign."""
        when = int(time.time())
        finished = await self._commit_tree(tree, parents, message, when)
        if finished.returncode:
            raise self._failure(finished)
        return CommitInfo(finished.stdout.decode("ascii").strip(), float(when), subject(message))

    async def _commit_tree(
        self, tree: str, parents: tuple[str, ...], message: bytes, when: int
    ) -> Finished:
        date = f"@{when} {time.strftime('%z', time.localtime(when))}"
        try:
            return await self.git.run(
                *(*_CONFIGURED, "commit-tree", tree, *(("-S",) if self.signs else ())),
                *(part for parent in parents for part in ("-p", parent)),
                *("-F", "-"),
                stdin=message.replace(b"\0", b"") or b"\n",
                environment={"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date},
                timeout=SIGNING_TIMEOUT if self.signs else LOCAL_TIMEOUT,
            )
        except ProgramTimeoutError as error:
            if self.signs:
                raise unsigned("nobody answered") from error
            raise

    def _failure(self, finished: Finished) -> Exception:
        said = finished.complaint
        if any(text in said for text in _NOBODY):
            return NeedsUserError(
                "cannot commit: git does not know who you are",
                hint='`git config --global user.name "Your Name"`, and '
                "`git config --global user.email you@example.org`",
            )
        if self.signs:
            return unsigned(said.splitlines()[0] if said else "it did not say why")
        return GitError(("commit-tree",), finished)


def subject(message: bytes) -> str:
    """The first paragraph in one line, as git has it."""
    text = message.decode("utf-8", "replace").strip()
    return " ".join(text.split("\n\n")[0].split("\n"))


def unsigned(why: str) -> NeedsUserError:
    """git's configuration asks for signatures, and there is none."""
    return NeedsUserError(
        f"cannot sign the commit: {why}; the changes wait",
        hint="unlock the signing key (`echo x | gpg --clearsign`), or `git config "
        "commit.gpgSign false`",
    )
