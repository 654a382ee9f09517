"""What git commands tell of what they do: git's `trace2.eventTarget`, api-trace2."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Trace:
    """The folder in which every git process leaves a file of events."""

    folder: Path

    def take(self) -> Iterator[tuple[str, list[Event]]]:
        """Each process since the last time: the name of its command, and its events."""
        for file in self.folder.iterdir():
            events = [json.loads(line) for line in file.read_text().splitlines()]
            yield next((e["name"] for e in events if e["event"] == "cmd_name"), ""), events
            file.unlink()
