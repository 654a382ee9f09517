"""Does a machine's round and kills itself on the way: `PLACE REMOTE NUMBER`."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from tests.torture.machine import Machine
from tests.torture.taps import Words, impatient, tapped


def main(place: str, remote: str, number: str) -> None:
    """Die before the `number`th git command."""
    left = [int(number)]

    def tap(_words: Words) -> None:
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    machine = Machine(Path(place), Path(remote))
    print("begun", flush=True)
    with impatient(), tapped(tap):
        asyncio.run(machine.sync())


if __name__ == "__main__":
    main(*sys.argv[1:])
