"""How each program is made to save `note.txt` with the word `added` in it."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from tests.editors.driven import LIMIT, Terminal, needs, until

FIRST = "one\ntwo\nthree\n"


@dataclass(frozen=True)
class Place:
    """The folder of the file, and one for what the program needs beside."""

    tree: Path
    scratch: Path

    @property
    def note(self) -> Path:
        return self.tree / "note.txt"


async def in_terminal(place: Place, command: list[str], write: list[str], leave: list[str]) -> None:
    """Wait for the file to be shown, type, wait for it to be written, and leave."""
    needs("tmux")
    needs(command[0])
    terminal = Terminal(place.tree, [*command, "note.txt"], place.scratch)
    try:
        await terminal.shows("three")
        terminal.keys(*write)
        await until(lambda: "added" in _read(place.note), "the file is written")
        terminal.keys(*leave)
        await terminal.ends()
    finally:
        terminal.close()


def _read(note: Path) -> str:
    try:
        return note.read_text()
    except FileNotFoundError:
        return ""


async def vim(place: Place, *options: str) -> None:
    keys = ["o", "x added", "Escape", ":w", "Enter"]
    await in_terminal(place, ["vim", "-u", "NONE", "-N", *options], keys, [":q", "Enter"])


async def vim_with_backup(place: Place) -> None:
    await vim(place, "--cmd", "set backup backupcopy=no")


async def vim_writing_in_place(place: Place) -> None:
    await vim(place, "--cmd", "set backupcopy=yes")


async def emacs(place: Place, *options: str) -> None:
    await in_terminal(
        place, ["emacs", "-Q", "-nw", *options], ["x added", "C-x", "C-s"], ["C-x", "C-c"]
    )


async def emacs_with_backup(place: Place) -> None:
    await emacs(place, "--eval", "(setq vc-handled-backends nil)")


async def emacs_precious(place: Place) -> None:
    await emacs(place, "--eval", "(setq file-precious-flag t)")


async def nano(place: Place, *options: str) -> None:
    await in_terminal(place, ["nano", "-I", *options], ["x added", "C-o", "Enter"], ["C-x"])


async def nano_with_backup(place: Place) -> None:
    await nano(place, "-B")


async def run(place: Place, *command: str, stdin: str = "") -> None:
    """A program that needs no terminal; the daemon goes on meanwhile."""
    await asyncio.to_thread(run_here, place, *command, stdin=stdin)


def run_here(place: Place, *command: str, stdin: str = "") -> None:
    """The same, while everything here waits for it."""
    needs(command[0])
    done = subprocess.run(
        command, cwd=place.tree, input=stdin, text=True, capture_output=True, check=False,
        timeout=LIMIT, env={"HOME": str(place.scratch), "PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


async def sed(place: Place) -> None:
    await run(place, "sed", "-i", "s/two/added/", "note.txt")


async def perl(place: Place) -> None:
    await run(place, "perl", "-pi", "-e", "s/two/added/", "note.txt")


async def fileinput(place: Place) -> None:
    script = """
import fileinput
with fileinput.input("note.txt", inplace=True) as lines:
    for line in lines:
        print(line.replace("two", "added"), end="")
"""
    await run(place, sys.executable, "-c", script)


async def rsync(place: Place) -> None:
    (place.scratch / "note.txt").write_text("added\n" * 40_000)
    await run(place, "rsync", "-a", "--bwlimit=200", f"{place.scratch}/note.txt", "./")


async def gio(place: Place) -> None:
    await run(place, "gio", "save", "-b", "note.txt", stdin="added\n")


PROGRAMS: dict[str, Callable[[Place], Awaitable[None]]] = {
    work.__name__: work
    for work in (
        *(vim, vim_with_backup, vim_writing_in_place, emacs, emacs_with_backup, emacs_precious),
        *(nano, nano_with_backup, sed, perl, fileinput, rsync, gio),
    )
}


UNO = """
import time, uno
from com.sun.star.beans import PropertyValue
context = uno.getComponentContext()
resolver = context.ServiceManager.createInstanceWithContext(
    "com.sun.star.bridge.UnoUrlResolver", context)
end = time.monotonic() + 90
while True:
    try:
        there = resolver.resolve("uno:pipe,name=%(pipe)s;urp;StarOffice.ComponentContext")
        break
    except Exception:
        if time.monotonic() > end:
            raise
        time.sleep(0.1)
desktop = there.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", there)
hidden = PropertyValue("Hidden", 0, True, 0)
document = desktop.loadComponentFromURL("file://%(file)s", "_blank", 0, (hidden,))
document.Text.insertString(document.Text.End, "added", False)
document.store()
document.close(True)
try:
    desktop.terminate()
except Exception:
    pass
"""


def libreoffice_document(place: Place) -> Path:
    """A document that LibreOffice wrote."""
    needs("soffice")
    run_here(place, "/usr/bin/python3", "-c", "import uno")
    source = place.scratch / "letter.txt"
    source.write_text(FIRST)
    profile = f"-env:UserInstallation=file://{place.scratch}/profile"
    run_here(place, "soffice", profile, "--headless", "--convert-to", "odt",
        "--outdir", str(place.scratch), str(source))  # fmt: skip
    return Path(shutil.copy(place.scratch / "letter.odt", place.tree / "letter.odt"))


async def libreoffice(place: Place, document: Path) -> None:
    """Open a document, change it, store it and close it."""
    pipe = f"autosync{os.getpid()}"
    office = start_office(place, pipe)
    try:
        script = UNO % {"pipe": pipe, "file": document}
        await run(place, "/usr/bin/python3", "-c", script)
        await until(lambda: office.poll() is not None, "LibreOffice has ended")
    finally:
        if office.poll() is None:
            os.killpg(office.pid, signal.SIGKILL)
        office.wait()


def start_office(place: Place, pipe: str) -> "subprocess.Popen[bytes]":
    """LibreOffice without windows, listening at a pipe."""
    profile = f"-env:UserInstallation=file://{place.scratch}/profile"
    options = ("--headless", "--invisible", "--norestore", f"--accept=pipe,name={pipe};urp")
    return subprocess.Popen(
        ["soffice", profile, *options],
        cwd=place.scratch,
        env={"HOME": str(place.scratch), "PATH": os.environ["PATH"]},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
