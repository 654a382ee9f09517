"""Fetching from the remote and pushing to it; touches no working tree."""

from dataclasses import dataclass

from autosyncd.errors import RejectedError, RemoteNeedsUserError, RetryError
from autosyncd.process import Finished
from autosyncd.vcs.hg.command import Hg
from autosyncd.vcs.hg.failures import ABANDONED
from autosyncd.vcs.hg.notes import Notes
from autosyncd.vcs.hg.recovery import mend_remote, mend_store
from autosyncd.vcs.hg.remote import failure, unknown_there, unrelated
from autosyncd.vcs.hg.standing import Inspector, Position, Remote

NONE = "0" * 40


@dataclass(slots=True)
class Transfer:
    """The exchange of one repository with its remote."""

    hg: Hg
    inspector: Inspector
    notes: Notes

    async def fetch(self) -> None:
        """Ask the remote for what is new on our branch, and get it.

        Raises OfflineError, RemoteNeedsUserError, RetryError.
        """
        remote, position = await self._know()
        tip = await self._ask_tip(remote, position.label)
        if tip is not None and not await self.hg.ask("known", commit=tip):
            await self._pull(remote, tip, position.head)
        before = self.inspector.tip(remote, position)
        if before and before != tip:
            await self._check_rewritten(remote, before, tip)
        self.notes.set_tip(remote.url, position.label, tip)

    async def push(self, commit: str, branch: str | None) -> int:
        """Give the remote a commit and what it builds on, never forced, never what is secret.

        Returns how many commits it had not. Raises RejectedError if it moved meanwhile.
        """
        remote, position = await self._know()
        if branch is not None and position.label != branch:
            raise RetryError(f"{position.label} is checked out now instead of {branch}")
        await self.hg.ask("publishable", commit=commit) if commit in self.notes.pending else None
        before = self.inspector.tip(remote, position)
        lacking = await self.hg.ask("lacking", commit=commit, tip=before)
        if not lacking["heads"]:
            return 0
        if before and not await self.hg.ask("contains", ancestor=before, descendant=commit):
            raise RejectedError("the remote has commits that are not merged here yet")
        await self._push(remote, position, lacking["heads"], before)
        self.notes.set_tip(remote.url, position.label, lacking["heads"][-1])
        self.notes.set_pending(tuple(c for c in self.notes.pending if c != commit))
        return int(lacking["number"])

    async def know(self) -> tuple[Position, str | None]:
        """Where we are, and what the remote had when it was last asked."""
        remote, position = await self._know()
        return position, self.inspector.tip(remote, position)

    async def _know(self) -> tuple[Remote, Position]:
        remote = await self.inspector.remote()
        if remote is None:
            raise RemoteNeedsUserError(
                f"{self.inspector.layout.root} has no remote",
                hint="write `default = URL` under [paths] in its .hg/hgrc",
            )
        return remote, await self.inspector.position()

    async def _ask_tip(self, remote: Remote, label: str) -> str | None:
        said = await self._network("identify", "-T", "{node}", "-r", label, "--", remote.url)
        if unknown_there(said):
            return None
        if said.returncode:
            raise failure(said, f"ask {remote.name}", remote.url)
        tip = said.stdout.decode("ascii", "replace").strip()
        return None if tip == NONE else tip

    async def _pull(self, remote: Remote, tip: str, head: str | None) -> None:
        """Get the commit. Two histories may only be joined if both were begun by autosync: then
        two machines have started with clones of an empty repository."""
        alone = f"paths.{remote.name}:bookmarks.mode=ignore"
        words = ("pull", "-q", "--config", alone, "-r", tip)
        said = await self._network(*words, "--", remote.name)
        if unrelated(said) and head and await self.hg.ask("begun_by_autosync", commit=head):
            said = await self._network(*words, "--force", "--", remote.name)
        if said.returncode:
            raise failure(said, f"pull from {remote.name}", remote.url)

    async def _check_rewritten(self, remote: Remote, before: str, tip: str | None) -> None:
        """Whether the remote has thrown away what it had. Its newest head may be another one."""
        if not await self.hg.ask("known", commit=before):
            return
        if tip and await self.hg.ask("contains", ancestor=before, descendant=tip):
            return
        said = await self._network("identify", "--id", "-r", before, "--", remote.url)
        if unknown_there(said):
            raise RemoteNeedsUserError(
                f"the history of {remote.url} was rewritten: it had {before[:12]}, which is gone",
                hint="commits go on here; push it there again by hand, or clone anew",
            )
        if said.returncode:
            raise failure(said, f"ask {remote.name}", remote.url)

    async def _push(
        self, remote: Remote, position: Position, heads: list[str], before: str | None
    ) -> None:
        revisions = [word for head in heads for word in ("-r", head)]
        first = ["--new-branch"] if before is None else []
        bookmark = position.bookmark
        moves_along = bookmark and before is None and heads == [position.head]
        marked = ["-B", bookmark] if moves_along else []
        said = await self._network("push", "-q", *revisions, *first, *marked, "--", remote.push_url)
        if said.returncode not in (0, 1):
            raise failure(said, f"push to {remote.name}", remote.push_url)
        if bookmark and not moves_along:
            await self._push_bookmark(remote, bookmark, before, heads[-1])

    async def _push_bookmark(
        self, remote: Remote, bookmark: str, before: str | None, new: str
    ) -> None:
        """Move it there if it still is where it was (`hg help internals.wireprotocol`: pushkey)."""
        words = (remote.push_url, "bookmarks", bookmark, before or "", new)
        said = await self._network("debugpushkey", *words)
        if said.returncode:
            raise RejectedError(f"the bookmark {bookmark} moved at {remote.name} meanwhile")

    async def _network(self, *words: str) -> Finished:
        said = await self.hg.setting("config", "ui.ssh")
        ssh = said.stdout.decode("utf-8", "surrogateescape").strip()
        finished = await self.hg.outside(*words, ssh=ssh or None)
        if finished.returncode and ABANDONED in finished.complaint:
            await self._mend()
            return await self.hg.outside(*words, ssh=ssh or None)
        return finished

    async def _mend(self) -> None:
        """An hg was killed at work here, or in a remote that is a folder."""
        await mend_store(self.hg, self.inspector.layout)
        remote = await self.inspector.remote()
        for url in {remote.url, remote.push_url} if remote else ():
            await mend_remote(self.hg, url)
