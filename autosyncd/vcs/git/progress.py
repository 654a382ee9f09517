"""What git says of its progress on stderr, as a share of the whole (git-fetch(1), --progress)."""

import re
from collections.abc import Callable

Tell = Callable[[float], None]
"""Takes the share that is done, from 0 to 1."""

_COUNTED = re.compile(rb"([A-Z][a-z]+ [a-z]+): +([0-9]{1,3})% \([0-9]+/[0-9]+\)")
_SAID = re.compile(
    rb"(?:remote: )?(?:Enumerating|Counting|Compressing|Receiving|Unpacking|Resolving|Writing|Total"
    rb"|Delta compression|Updating|Checking|Filtering|Finding|Uploading|Downloading)\b[^\r\n]*"
    rb"[\r\n]+"
)
_SHARES = {
    b"Compressing objects": (0.0, 0.1),
    b"Receiving objects": (0.1, 0.9),
    b"Unpacking objects": (0.1, 1.0),
    b"Writing objects": (0.1, 0.95),
    b"Resolving deltas": (0.95, 1.0),
}
"""Where each part of a transfer begins and ends in the whole; what takes long is the data."""


class Progress:
    """Follows the stderr of one transfer; tells each percent once, never less than before."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._told = -1
        self._rest = b""

    def hear(self, data: bytes) -> None:
        """Take a piece of stderr."""
        *lines, self._rest = re.split(rb"[\r\n]", self._rest[-200:] + data)
        for line in lines:
            found = _COUNTED.search(line)
            if found and found[1] in _SHARES:
                self._say(*_SHARES[found[1]], min(100, int(found[2])))

    def _say(self, begin: float, end: float, percent: int) -> None:
        done = int(100 * begin + (end - begin) * percent)
        if done > self._told:
            self._told = done
            self._tell(done / 100)


def without_progress(stderr: bytes) -> bytes:
    """What git said beside its progress."""
    return _SAID.sub(b"", stderr)
