"""The watcher that runs on servers: in every shell, with and without inotifywait."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from autosyncd.channels.ssh.place import Place, place_of
from autosyncd.channels.ssh.refs import Listener, Moved, news
from autosyncd.channels.ssh.script import command, told

SHELLS = {"dash": ("dash",), "bash": ("bash",), "busybox": ("busybox", "sh")}
TOOLS = ("cat", "dd", "find", "grep", "head", "ls", "sleep", "kill")
OURS, THEIRS = "a" * 40, "b" * 40


@pytest.fixture(params=[(s, i) for s in SHELLS for i in (True, False)], ids=str)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder of programs, in which `sh` is one shell or another."""
    shell, inotify = request.param
    found = shutil.which(SHELLS[shell][0])
    if found is None or (inotify and not shutil.which("inotifywait")):
        if os.environ.get("CI") == "true":
            pytest.fail(f"{shell} or inotifywait is missing, and CI=true")
        pytest.skip(f"{shell} or inotifywait is missing: sh .ci/tools")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "sh").symlink_to(found)
    for tool in (*TOOLS, *(("inotifywait",) if inotify else ())):
        if shell == "busybox" and tool != "inotifywait":
            (programs / tool).symlink_to(found)
        elif path := shutil.which(tool):
            (programs / tool).symlink_to(path)
    return programs


def bare(path: Path) -> Path:
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(path)], check=True)
    return path


def write_ref(repository: Path, name: str, commit: str) -> None:
    """As git does it."""
    target = repository / "refs" / "heads" / name
    target.parent.mkdir(parents=True, exist_ok=True)
    lock = target.with_name(f"{target.name}.lock")
    lock.write_text(f"{commit}\n")
    lock.rename(target)


class Watcher:
    """The watcher, run by a shell here as sshd would run it there."""

    def __init__(self, programs: Path, home: Path, paths: list[str]) -> None:
        self.process = subprocess.Popen(
            [str(programs / "sh"), "-c", command()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": str(programs)},
            cwd=home,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdin
        self.process.stdin.write(told(paths).decode())
        self.process.stdin.flush()
        self._listener = Listener()

    def line(self) -> str:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, "the watcher has ended"
        return line.rstrip("\n")

    def until(self, wanted: str) -> list[str]:
        lines = [self.line()]
        while lines[-1] != wanted:
            lines.append(self.line())
        return lines

    def moved(self) -> Moved:
        while not (moved := self._listener.take(self.line())):
            pass
        return moved

    def hang_up(self) -> None:
        for end in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert end
            end.close()


@contextmanager
def watcher(programs: Path, home: Path, paths: list[str]) -> Iterator[Watcher]:
    running = Watcher(programs, home, paths)
    try:
        yield running
    finally:
        os.killpg(running.process.pid, 9)
        running.hang_up()
        running.process.wait()


def test_it_tells_which_refs_moved(folder: Path, tmp_path: Path) -> None:
    home = tmp_path / 'a home; with `odd\' "names" $HOME'
    docs, notes = bare(home / "docs.git"), bare(home / "my notes")
    write_ref(docs, "main", OURS)
    with watcher(folder, home, ["docs", "missing", str(notes)]) as running:
        assert running.line() == "missing 2"
        assert running.line().startswith("autosync watches by ")
        running.until("ready")
        write_ref(docs, "main", THEIRS)
        assert running.moved() == Moved(1, {"main": THEIRS})
        write_ref(notes, "deep/branch", OURS)
        assert running.moved() == Moved(3, {"deep/branch": OURS})
        (docs / "packed-refs").write_text(f"# pack-refs\n{THEIRS} refs/heads/main\n")
        (docs / "refs/heads/main").unlink()
        while "main" in (packed := running.moved()).refs:
            pass  # it may look between the two
        assert packed.number == 1


def test_nothing_stays_behind_when_the_link_ends(folder: Path, tmp_path: Path) -> None:
    bare(tmp_path / "docs.git")
    running = Watcher(folder, tmp_path, ["docs"])
    running.until("ready")
    running.hang_up()
    assert running.process.wait(30)
    deadline = time.monotonic() + 60
    while _members(running.process.pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _members(session: int) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(entry.name)
    return found


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("host:docs.git", Place("host", None, "docs.git")),
        ("me@host:/srv/docs", Place("me@host", None, "/srv/docs")),
        ("me@host:~/docs", Place("me@host", None, "docs")),
        ("[::1]:docs", Place("::1", None, "docs")),
        ("ssh://me@host:2222/~/my%20docs", Place("me@host", "2222", "my docs")),
        ("ssh://[::1]:22/srv/x", Place("::1", "22", "/srv/x")),
        ("git+ssh://host/srv/x", Place("host", None, "/srv/x")),
        ("host:~other/docs", None),
        ("ssh://host/~other/docs", None),
        ("https://host/docs.git", None),
        ("/srv/docs.git", None),
        ("../docs.git", None),
        ("./odd:name", None),
        ("ext::sh -c true", None),
        ("-oProxyCommand=x:docs", None),
        ("ssh://-oProxyCommand=x/docs", None),
        ("host:two\nlines", None),
    ],
)
def test_places_of_urls(url: str, place: Place | None) -> None:
    assert place_of(url) == place


def test_which_commit_is_new() -> None:
    old = {"main": OURS, "other": OURS}
    assert news(old, {"main": THEIRS, "other": OURS}, "main") == THEIRS
    assert news(old, {"main": THEIRS, "other": THEIRS}, "main") == THEIRS
    assert news(old, {"main": THEIRS, "other": THEIRS}, "gone") is None
    assert news(old, {"main": OURS, "other": THEIRS}, "main") == THEIRS
    assert news(old, {"main": OURS}, "main") is None
    assert news(None, {"main": OURS}, None) == OURS
