"""A desktop session for tests: a screen nobody sees, a bus, a real notification server."""

import html
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.waiting import LIMIT, wait_until

until = wait_until
TOOLS = ("Xvfb", "dbus-daemon", "dunst", "dunstctl", "xdotool", "zenity")

BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""

DUNST = """\
[global]
    width = 460
    font = DejaVu Sans 11
    markup = full
    show_indicators = no
    idle_threshold = 0
"""


class DesktopSession:
    """What programs need to know of it, and what its notification server shows."""

    def __init__(self, folder: Path, display: str, bus: str) -> None:
        self.folder = folder
        self.environment: Mapping[str, str] = {
            **os.environ,
            "DISPLAY": display,
            "DBUS_SESSION_BUS_ADDRESS": bus,
            "PYTHONWARNINGS": "ignore",
        }
        self.server: subprocess.Popen[bytes] | None = None
        self.bus: subprocess.Popen[bytes] | None = None

    def start_server(self) -> None:
        """Start dunst, and wait until it answers."""
        config = self.folder / "dunstrc"
        config.write_text(DUNST)
        quiet = subprocess.DEVNULL
        self.server = subprocess.Popen(
            ["dunst", "-conf", str(config)], env=self.environment, stdout=quiet, stderr=quiet
        )
        until(lambda: self._dunstctl("count", "displayed").returncode == 0, "dunst answers")

    def stop_server(self) -> None:
        """End it."""
        if self.server:
            self.server.kill()
            self.server.wait()
            self.server = None

    def displayed(self) -> int:
        """How many bubbles are on the screen."""
        answer = self._dunstctl("count", "displayed")
        return int(answer.stdout) if answer.returncode == 0 else 0

    def click(self) -> None:
        """Click on the newest bubble."""
        assert self._dunstctl("action", "0").returncode == 0

    def close_all(self) -> None:
        """The user closes every bubble."""
        assert self._dunstctl("close-all").returncode == 0
        until(lambda: self.displayed() == 0, "the bubbles are closed")

    def texts(self) -> list[tuple[str, str]]:
        """Title and body of each bubble that was closed, the newest first; markup undone."""
        answer = self._dunstctl("history")
        assert answer.returncode == 0, answer.stderr
        found: list[dict[str, Any]] = json.loads(answer.stdout)["data"][0]
        return [(one["summary"]["data"], html.unescape(one["body"]["data"])) for one in found]

    def _dunstctl(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["dunstctl", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT,
        )

    @contextmanager
    def agent(self, socket: Path, **more: str) -> Iterator["subprocess.Popen[bytes]"]:
        """`autosyncctl agent` in this session."""
        command = [sys.executable, "-m", "autosyncctl", "--socket", str(socket), "agent"]
        with subprocess.Popen(command, env={**self.environment, **more}) as agent:
            try:
                yield agent
            finally:
                agent.kill()


@contextmanager
def desktop_session(folder: Path) -> Iterator[DesktopSession]:
    """A session with a notification server; everything ends with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    bus = folder / "bus"
    (folder / "bus.conf").write_text(BUS.format(path=bus))
    with ExitStack() as ends:
        display = ends.enter_context(_screen())
        daemon = _kept(ends, ["dbus-daemon", "--nofork", f"--config-file={folder / 'bus.conf'}"])
        until(bus.exists, "the bus listens")
        session = DesktopSession(folder, display, f"unix:path={bus}")
        session.bus = daemon
        ends.callback(session.stop_server)
        session.start_server()
        yield session


@contextmanager
def _screen() -> Iterator[str]:
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1024x600x24", "-nolisten", "tcp"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, pass_fds=(write,), stdout=quiet, stderr=quiet) as server:
        os.close(write)
        with os.fdopen(read) as number:
            display = number.readline().strip()
        try:
            assert display, "no X server"
            yield f":{display}"
        finally:
            server.terminate()


def _kept(ends: ExitStack, command: list[str]) -> "subprocess.Popen[bytes]":
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=quiet, stderr=quiet)
    ends.callback(process.wait)
    ends.callback(process.terminate)
    return process
