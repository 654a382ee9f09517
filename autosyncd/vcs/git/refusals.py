"""What a remote has refused for its size: kept across restarts, until the file is smaller."""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from autosyncd.vcs.git.oversize import Blob

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, int]).decode


@dataclass(slots=True)
class Refusals:
    """The memory of one working tree, in `file`; a damaged one is nothing to remember, and then
    the remote refuses once more."""

    file: Path
    _sizes: dict[bytes, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            stored = _decode(self.file.read_bytes())
            self._sizes = {base64.b64decode(path): size for path, size in stored.items()}
        except (OSError, ValueError):
            return

    @property
    def sizes(self) -> Mapping[bytes, int]:
        """From how many bytes on a path is refused."""
        return self._sizes

    def remember(self, blobs: Iterable[Blob]) -> None:
        """The remote can't take these; raises OSError if that can't be stored."""
        for blob in blobs:
            known = self._sizes.get(blob.path, blob.size)
            self._sizes = {**self._sizes, blob.path: min(known, blob.size)}
        stored = {base64.b64encode(p).decode("ascii"): size for p, size in self._sizes.items()}
        draft = self.file.with_name(f"{self.file.name}.new")
        self.file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(_encode(stored))
        draft.replace(self.file)
