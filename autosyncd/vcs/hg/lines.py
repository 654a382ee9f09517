"""Lines of files merged by Mercurial, of versions that are known by their contents' ids."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autosyncd.vcs.hg.command import Hg, text
from autosyncd.vcs.merging.three_way import Clash
from autosyncd.vcs.tree.entry import Entry


@dataclass(frozen=True, slots=True)
class HgLines:
    """Merges into files of a folder; `merged` are those, by the ids of their contents."""

    hg: Hg
    folder: Path
    merged: dict[str, Path] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    async def merge_texts(self, clashes: Sequence[Clash]) -> dict[bytes, Entry]:
        """The merged version of each clash in which both sides changed lines of their own."""
        found = {}
        for clash in clashes:
            oid = await self._merge(clash, favour_left=False) if clash.text else None
            if oid is not None:
                found[clash.path] = clash.merged(oid)
        return found

    async def favouring_left(self, clash: Clash) -> str | None:
        """One clash merged with the left side's lines wherever both changed the same ones."""
        return await self._merge(clash, favour_left=True) if clash.base else None

    async def _merge(self, clash: Clash, *, favour_left: bool) -> str | None:
        assert clash.base is not None  # noqa: S101 - both callers have asked
        file = self.folder / str(next(self._numbers))
        oid: str | None = await self.hg.ask(
            "lines",
            path=text(clash.path),
            versions=[clash.base.oid, clash.left.oid, clash.right.oid],
            favour_left=favour_left,
            file=str(file),
        )
        if oid is not None:
            self.merged[oid] = file
        return oid
