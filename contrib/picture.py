"""Makes the picture in the README: `python -m contrib.picture`.

A real daemon over six repositories, of which some are in trouble, and what `autosyncctl status`
shows of them in a terminal. What the daemon said is kept inside the picture: a test draws it anew
from that.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from autosyncctl.render import rows
from autosyncctl.view import Screen
from autosyncctl.views.status import status_view
from autosyncd.api.types import Status
from contrib.playground import BIN, git, running_daemon

PICTURE = Path(__file__).parents[1] / "docs" / "status.svg"
WIDTH, HEIGHT = 88, 40
LIMIT = 60.0

CONFIG = """\
defaults:
  settle: 300ms
  push_delay: 300ms
repositories:
  - {folder}/docs
  - path: {folder}/notes
    settle: 1h
    max_settle: 1h
  - {folder}/dotfiles
  - {folder}/photos
  - {folder}/thesis
  - {folder}/work
"""
NAMES = ("docs", "notes", "dotfiles", "photos", "thesis", "work")


class Scene(msgspec.Struct, frozen=True):
    """What the daemon said, and when, in Unix seconds."""

    now: float
    status: Status


def main() -> int:
    """Build the scene, wait for it, and draw what the terminal shows."""
    with tempfile.TemporaryDirectory(prefix="autosync-picture-") as name:
        folder = Path(name)
        _build(folder)
        environment = {**os.environ, "AUTOSYNC_SOCKET": str(folder / "control.sock")}
        environment |= {"XDG_STATE_HOME": str(folder / "state"), "GIT_CONFIG_NOSYSTEM": "1"}
        with running_daemon(folder, environment):
            _play(folder, environment)
            said = _ctl(environment, "status", "--json")
    anonymous = re.sub(r"/[^\s\"]*autosync-picture-[^/\"]*", "/home/ada", said)
    PICTURE.write_text(
        draw(Scene(now=time.time(), status=msgspec.json.decode(anonymous, type=Status)))
    )
    return 0


def draw(scene: Scene) -> str:
    """The picture of a terminal in which the status has been asked for."""
    view = status_view(scene.status, scene.now, screen=Screen(WIDTH, HEIGHT))
    svg = _svg("\n".join(rows(view, WIDTH, colour=True)))
    kept = msgspec.json.encode(scene).decode().replace("--", r"-\u002d")  # comments end with --
    return f"{svg}<!-- {kept} -->\n"


def scene_of(picture: str) -> Scene:
    """What a picture shows."""
    found = re.search(r"<!-- (\{.*\}) -->\n$", picture)
    if not found:
        sys.exit("this is no picture of ours")
    return msgspec.json.decode(found[1], type=Scene)


def _build(folder: Path) -> None:
    for name in NAMES:
        remote, clone = folder / f"{name}.git", folder / name
        git("init", "-q", "--bare", "-b", "main", str(remote))
        git("clone", "-q", str(remote), str(clone))
        git("-C", str(clone), "config", "user.name", "Ada")
        git("-C", str(clone), "config", "user.email", "ada@example.org")
        (clone / "readme.md").write_text(f"# {name}\n")
        git("-C", str(clone), "add", "-A")
        git("-C", str(clone), "commit", "-q", "-m", "begin")
        git("-C", str(clone), "push", "-q", "origin", "HEAD:main")
    (folder / "autosync.yaml").write_text(CONFIG.format(folder=folder))


def _play(folder: Path, environment: dict[str, str]) -> None:
    """One repository of each sort."""
    _until(lambda: _states(environment).count("idle") == len(NAMES))
    (folder / "notes" / "todo.md").write_text("buy milk\n")
    (folder / "thesis" / "key.pem").write_text(
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE" + "A" * 80 + "\n"
        "-----END OPENSSH PRIVATE KEY-----\n"
    )
    (folder / "dotfiles.git").rename(folder / "away.git")
    (folder / "dotfiles" / "bashrc").write_text("alias ll='ls -l'\n")
    (folder / "work" / ".git" / "MERGE_HEAD").write_text(
        (folder / "work" / ".git" / "refs" / "heads" / "main").read_text()
    )
    (folder / "work" / "new.md").write_text("x\n")
    _ctl(environment, "pause", "photos", "--for", "1h")
    wanted = sorted(["idle", "settling", "offline", "paused", "idle", "blocked"])
    _until(lambda: sorted(_states(environment)) == wanted and _held(environment))


def _states(environment: dict[str, str]) -> list[str]:
    return re.findall(r'"state":"([a-z]+)"', _ctl(environment, "status", "--json"))


def _held(environment: dict[str, str]) -> bool:
    return "key.pem" in _ctl(environment, "held", "--json")


def _ctl(environment: dict[str, str], *arguments: str) -> str:
    command = [str(BIN / "autosyncctl"), *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    ).stdout


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > deadline:
            sys.exit("the scene does not come about")
        time.sleep(0.1)


def _svg(shown: str) -> str:
    """A terminal's window; without fonts from elsewhere, and the same for the same text."""
    text = f"$ autosyncctl status\n{shown}"
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere, force_terminal=True)
        console.print(Text.from_ansi(text))
        svg = console.export_svg(title="autosyncctl status", theme=MONOKAI, unique_id="status")
    svg = svg.replace("&#160;", " ").replace("<text ", '<text xml:space="preserve" ')
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


if __name__ == "__main__":
    sys.exit(main())
