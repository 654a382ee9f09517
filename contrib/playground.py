"""The main job on one machine: a remote, two clones, one daemon; made new at every start."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

BIN = Path(sys.executable).parent
LIMIT = 30.0

CONFIG = """\
# The playground's configuration. Real ones need less: only the paths.
defaults:
  settle: 1s
  push_delay: 1s

repositories:
  - {folder}/laptop
  - {folder}/desktop
"""

LESSON = """\
Everything is in {folder}: the remote (remote.git), the clones `laptop` and `desktop`,
and autosyncd's log (autosyncd.log). Type these in a second terminal:

  cd {folder}
  export AUTOSYNC_SOCKET={socket} PATH={bin}:$PATH

  # A change travels
  echo "buy milk" >> laptop/todo.md
  cat desktop/todo.md                # a few seconds later; `autosyncctl sync` does not wait

  # A pause
  autosyncctl pause desktop
  echo "only on the laptop so far" >> laptop/todo.md
  autosyncctl status
  autosyncctl resume desktop

  # A conflict: both change the same line while they can't hear of each other
  autosyncctl pause --all
  echo "the laptop's plan"  > laptop/plan.md
  echo "the desktop's plan" > desktop/plan.md
  autosyncctl resume --all
  autosyncctl status --watch         # what became of it, live (q ends it)
  autosyncctl conflicts --diff
  autosyncctl events -n 20           # what happened and why
"""


def main() -> int:
    """Build the playground, show one change travel, then show the live status until Ctrl-C."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    folder = Path(tempfile.mkdtemp(prefix="autosync-playground-"))
    build(folder)
    environment = {**os.environ, "AUTOSYNC_SOCKET": str(folder / "control.sock")}
    environment["XDG_STATE_HOME"] = str(folder / "state")
    try:
        with running_daemon(folder, environment):
            show_one_change(folder)
            print(
                LESSON.format(folder=folder, socket=environment["AUTOSYNC_SOCKET"], bin=BIN),
                flush=True,
            )
            watch(environment)
    except (KeyboardInterrupt, BrokenPipeError):
        pass
    print(f"\nStopped. The playground stays until you remove it: rm -r {folder}")
    return 0


def build(folder: Path) -> None:
    """One bare repository and two clones of it, with an identity of their own."""
    remote = folder / "remote.git"
    git("init", "-q", "--bare", "-b", "main", str(remote))
    for name in ("laptop", "desktop"):
        clone = folder / name
        git("clone", "-q", str(remote), str(clone))
        git("-C", str(clone), "config", "user.name", "Playground")
        git("-C", str(clone), "config", "user.email", f"playground@{name}")
        git("-C", str(clone), "symbolic-ref", "HEAD", "refs/heads/main")
    (folder / "autosync.yaml").write_text(CONFIG.format(folder=folder))


def git(*arguments: str) -> None:
    """Run git, which must succeed."""
    subprocess.run(["git", *arguments], check=True, stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def running_daemon(folder: Path, environment: dict[str, str]) -> Iterator[None]:
    """autosyncd over the playground, its log beside it."""
    log = folder / "autosyncd.log"
    command = [str(BIN / "autosyncd"), "--config", str(folder / "autosync.yaml")]
    print(f"$ {' '.join(command)}")
    with log.open("wb") as output:
        daemon = subprocess.Popen(command, env=environment, stderr=output, start_new_session=True)
    try:
        wait_for(lambda: answers(environment), daemon, log)
        yield
    finally:
        daemon.terminate()
        daemon.wait(timeout=LIMIT)


def answers(environment: dict[str, str]) -> bool:
    """Whether the daemon serves its socket."""
    return ctl(environment, "version", quiet=True) == 0


def wait_for(condition: Callable[[], bool], daemon: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait, but not for a daemon that has ended."""
    deadline = time.monotonic() + LIMIT
    while not condition():
        if daemon.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"autosyncd does not answer; its log says:\n{log.read_text()}")
        time.sleep(0.05)


def show_one_change(folder: Path) -> None:
    """Save a file in one clone, and wait for it in the other."""
    source, target = folder / "laptop" / "todo.md", folder / "desktop" / "todo.md"
    began = time.monotonic()
    source.write_text("# To do\n")
    print(f"Saved {source}")
    while not target.exists():
        if time.monotonic() - began > LIMIT:
            sys.exit(f"it did not reach {target} within {LIMIT:.0f} s; see the log beside it")
        time.sleep(0.05)
    print(f"It is in {target} after {time.monotonic() - began:.1f} s\n")


def watch(environment: dict[str, str]) -> None:
    """What goes on, until Ctrl-C: below the lesson, which has to stay in sight."""
    ctl(environment, "status")
    ctl(environment, "events", "--follow", "-n", "0")


def ctl(environment: dict[str, str], *arguments: str, quiet: bool = False) -> int:
    """Run autosyncctl and return its exit code."""
    output = subprocess.DEVNULL if quiet else None
    command = [str(BIN / "autosyncctl"), *arguments]
    return subprocess.run(
        command, env=environment, check=False, stdout=output, stderr=output
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
