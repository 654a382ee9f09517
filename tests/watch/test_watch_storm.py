"""100,000 files, made by another program as fast as it can: all are heard of, in portions."""

import asyncio
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from autosyncd.watch.base import Hint, Touched
from autosyncd.watch.pending import PATHS_LIMIT
from tests.watch.heard import Heard, Watching, a_target, folder_count, until

FILES, EACH = 100_000, 100
LIMIT = 240.0

UNPACK = f"""
import os, sys
for folder in range({FILES // EACH}):
    name = sys.argv[1] + "/d%d" % (folder % 50) + "/%d" % folder
    os.makedirs(name)
    for file in range({EACH}):
        os.close(os.open(name + "/f%d" % file, os.O_CREAT | os.O_WRONLY))
"""


@dataclass
class Names(Heard):
    """Knows the files that hints have named, and at "everything" looks at all there are then."""

    known: set[bytes] = field(default_factory=set)
    longest: int = 0

    def __call__(self, hint: Hint) -> None:
        if not isinstance(hint, Touched):
            return
        if hint.paths is None:
            self.known |= files_in(self.root)
        else:
            self.known |= hint.paths
            self.longest = max(self.longest, len(hint.paths))


def files_in(root: Path) -> set[bytes]:
    top = os.fsencode(root)
    found: set[bytes] = set()
    for folder, _, names in os.walk(top):
        found.update(os.path.relpath(folder, top) + b"/" + name for name in names)
    return found


@pytest.mark.timeout(600)
async def test_a_hundred_thousand_files_are_all_heard_of(root: Path, watching: Watching) -> None:
    heard = Names(root)
    await watching.by(heard, a_target(root))
    command = [sys.executable, "-I", "-S", "-c", UNPACK, os.fspath(root)]
    try:
        await asyncio.to_thread(subprocess.run, command, check=True)
        await until(heard._quiet, LIMIT)
        await asyncio.sleep(0)  # hints are delivered by the loop
        files = files_in(root)
        assert len(files) == FILES
        assert files <= heard.known
        assert heard.longest <= PATHS_LIMIT
        assert heard.tree is not None
        assert heard.tree.count == folder_count(root)
    finally:
        subprocess.run(["rm", "-rf", "--", root], check=True)
