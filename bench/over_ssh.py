"""One save to another working copy over a real sshd, against `git push` and `git pull` by ssh."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measure import Row, compared, git
from bench.running import Running, home
from bench.travel import QUICK, by_daemon, by_hand, prepare
from tests.channels.sshd import Sshd, sshd_program


def journeys_by_ssh(size: int, rounds: int) -> Iterator[Row]:
    """Wall time in a tree of so many files; nothing where there is no sshd."""
    if sshd_program() is None:
        return
    with TemporaryDirectory(prefix="as-") as short, home() as running:
        running.environment["XDG_RUNTIME_DIR"] = short  # the sockets of ssh have short paths
        server = Sshd(running.home / "sshd")
        server.start()
        try:
            here, there, bare = prepare(running.home, size)
            _reach_by_ssh(server, (here, there, *bare))
            running.start(QUICK.format(here=here, there=there))
            yield _race(running, (here, there), bare, size, rounds)
        finally:
            running.stop()
            server.stop()


def _reach_by_ssh(server: Sshd, trees: tuple[Path, ...]) -> None:
    for tree in trees:
        remote = git(tree, "remote", "get-url", "origin")
        git(tree, "remote", "set-url", "origin", f"shell:{remote}")
        git(tree, "config", "core.sshCommand", server.environment["GIT_SSH_COMMAND"])


def _race(
    running: Running, ours: tuple[Path, Path], bare: tuple[Path, Path], size: int, rounds: int
) -> Row:
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        theirs = by_hand(bare, f"bare {number}\n")
        mine = by_daemon(running, ours, f"ours {number}\n")
        if number:  # the first round warms up
            times[0].append(theirs[1])
            times[1].append(mine[1])
    return compared(
        "save → other machine by ssh (wall)", size, *times, "one login for many commands"
    )
