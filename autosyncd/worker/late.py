"""Versions that no look has shown, such as what was written to a file while it was replaced."""

import asyncio
import os
import shlex
from pathlib import Path

from autosyncd.api.operands import operands
from autosyncd.core.messages import printable
from autosyncd.vcs.base import Left
from autosyncd.worker.contents import Rules, Verdict, examine_version


class Late:
    """Judges them by the same rules as everything else; what is not fit is held, and stays where
    it is until it is approved."""

    def __init__(self, rules: Rules, name: str) -> None:
        self._rules = rules
        self._name = name
        self._verdicts: dict[Path, Verdict] = {}
        self._held: dict[Path, Left] = {}

    async def fit(self, path: bytes, file: Path) -> bool:
        """Whether what is in the file may be committed as a version of the path."""
        before = self._verdicts.get(file)
        version = os.fsencode(file), path
        verdict = await asyncio.to_thread(examine_version, version, self._rules, before)
        self._held.pop(file, None)
        self._verdicts[file] = verdict
        if verdict.stamp is None:
            return False
        if verdict.finding is None:
            return True
        self._held[file] = Left(
            path,
            f"what was written to it while an update came in {verdict.finding.what}",
            f"that version is only in {shlex.quote(str(file))}; commit it: "
            f"`autosyncctl approve {operands(self._name, printable(path))}`",
            verdict.finding.reason,
        )
        return False

    def approved(self) -> None:
        """The user let something through: judge anew."""
        self._verdicts.clear()

    @property
    def held(self) -> tuple[Left, ...]:
        """What waits for the user."""
        self._verdicts = {file: v for file, v in self._verdicts.items() if os.path.lexists(file)}
        self._held = {file: left for file, left in self._held.items() if file in self._verdicts}
        return tuple(self._held.values())
