"""What is remembered of one working copy from one daemon's life to the next."""

from dataclasses import dataclass, field
from pathlib import Path

import msgspec


class _Stored(msgspec.Struct):
    """`tips` are what the remotes had when they were last asked, by address and branch; `heads`
    where we last saw the working copy, by branch; `pending` are merges of ours that no remote has
    taken yet."""

    tips: dict[str, str | None] = msgspec.field(default_factory=dict)
    heads: dict[str, str] = msgspec.field(default_factory=dict)
    pending: list[str] = msgspec.field(default_factory=list)


_decode = msgspec.json.Decoder(_Stored).decode
_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Notes:
    """The notes in one file. They may be lost: then the remote is asked again."""

    file: Path
    _stored: _Stored = field(init=False)

    def __post_init__(self) -> None:
        try:
            self._stored = _decode(self.file.read_bytes())
        except (OSError, msgspec.DecodeError):
            self._stored = _Stored()

    def tip(self, url: str, branch: str) -> str | None:
        """What the remote had."""
        return self._stored.tips.get(f"{url}#{branch}")

    def asked(self, url: str, branch: str) -> bool:
        """Whether the remote was ever asked for that branch."""
        return f"{url}#{branch}" in self._stored.tips

    def set_tip(self, url: str, branch: str, tip: str | None) -> None:
        """The remote has this."""
        key = f"{url}#{branch}"
        if key not in self._stored.tips or self._stored.tips[key] != tip:
            self._stored.tips[key] = tip
            self._store()

    def head(self, branch: str) -> str | None:
        """Where we last saw the working copy."""
        return self._stored.heads.get(branch)

    def set_head(self, branch: str, head: str) -> None:
        """The working copy is there now."""
        if self._stored.heads.get(branch) != head:
            self._stored.heads[branch] = head
            self._store()

    @property
    def pending(self) -> tuple[str, ...]:
        """Merges that no remote has taken yet."""
        return tuple(self._stored.pending)

    def set_pending(self, commits: tuple[str, ...]) -> None:
        """Those are left."""
        if tuple(self._stored.pending) != commits:
            self._stored.pending = list(commits)
            self._store()

    def _store(self) -> None:
        self.file.parent.mkdir(exist_ok=True)
        draft = self.file.with_name(f"{self.file.name}.new")
        draft.write_bytes(_encode(self._stored))
        draft.replace(self.file)
