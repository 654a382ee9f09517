"""The README from its first command to its last, typed by two people with a home each.

The server is a real sshd on loopback, and its user is ours: all else is as it stands there.
"""

import getpass
import json
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, inline, lines, section
from tests.system.machines import until
from tests.system.people import Person, the_line
from tests.system.ssh_server import NEEDS_SSHD, ssh_server

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(500),
    NEEDS_SSHD,
]

README = ROOT / "README.md"
FOREVER = ("--watch", "--follow")


SSH_CONFIG = """\
Host server
    HostName 127.0.0.1
    Port {port}
    IdentityFile {folder}/good
    IdentitiesOnly yes
    UserKnownHostsFile {folder}/known_hosts
"""


@pytest.fixture
def people(tmp_path: Path) -> Iterator[tuple[Person, Person]]:
    """Two people who reach the server without being asked for a password."""
    home = tmp_path / "at-server"
    home.mkdir()
    begin = f'cd {home} && eval "$SSH_ORIGINAL_COMMAND"'
    with ssh_server(tmp_path / "sshd", command=begin) as server:
        both = Person(tmp_path, "laptop"), Person(tmp_path, "desktop")
        for person in both:
            config = person.home / "ssh-config"
            config.write_text(SSH_CONFIG.format(port=server.port, folder=server.folder))
            person.environment["GIT_SSH_COMMAND"] = f"ssh -F {config}"
        yield both


@pytest.fixture
def at_server() -> Callable[[str], str]:
    """Lines with the user who may log in there."""
    return lambda line: line.replace("me@server:", f"{getpass.getuser()}@server:")


def test_five_minutes_to_two_machines_and_every_command_after_them(
    people: tuple[Person, Person], at_server: Callable[[str], str]
) -> None:
    laptop, desktop = people
    text = section(README, "Two machines in step, in five minutes")
    typed = [at_server(line) for line in lines(text)]
    begin = the_line(list(inline(text)), "autosyncd --init").removesuffix("&")
    with ExitStack() as stack:
        for person in people:
            stack.enter_context(person.daemon(begin))
        (laptop.home / "docs").mkdir()
        (laptop.home / "docs" / "todo.md").write_text("buy milk\n")
        laptop.run(the_line(typed, "autosyncctl add"))
        desktop.run(the_line(typed, "autosyncctl clone"))
        assert (desktop.home / "docs" / "todo.md").read_text() == "buy milk\n"
        (laptop.home / "docs" / "todo.md").write_text("buy milk and bread\n")
        laptop.run("autosyncctl sync")
        desktop.run("autosyncctl sync")
        assert (desktop.home / "docs" / "todo.md").read_text() == "buy milk and bread\n"
        _hear_of_pushes(laptop, desktop, the_line(list(inline(text)), "channels:"))
        _ask_everything(laptop, desktop, at_server)


def _hear_of_pushes(laptop: Person, desktop: Person, line: str) -> None:
    """With the README's one line, what the laptop pushes comes to the desktop by itself."""
    for person in (laptop, desktop):
        with (person.home / ".config" / "autosync" / "autosync.yaml").open("a") as file:
            file.write(f"{line}\n")
        person.run("autosyncctl reload")
        until(lambda person=person: _connected(person), f"the channel of {person.home.name}")  # type: ignore[misc] # mypy can't infer lambdas with defaults
    (laptop.home / "docs" / "todo.md").write_text("milk and bread\n")
    laptop.run("autosyncctl sync")
    arrived = desktop.home / "docs" / "todo.md"
    until(lambda: arrived.read_text() == "milk and bread\n", "the desktop heard of it")


def _connected(person: Person) -> bool:
    channels = json.loads(person.run("autosyncctl status --json"))["daemon"]["channels"]
    return bool(channels) and all(channel["connected"] for channel in channels)


def _ask_everything(laptop: Person, desktop: Person, at_server: Callable[[str], str]) -> None:
    """Each line of "What you can ask", in its order; `stop` is the last."""
    folder = laptop.home / "docs"
    (laptop.home / "notes").mkdir()
    asked = [at_server(line) for line in lines(section(README, "What you can ask"))]
    assert len(asked) > 12
    for line in asked:
        if "--keep" in line:
            _make_conflict(laptop, desktop)
        if line.startswith("autosyncctl restore"):
            line = _at_a_time_since_there_is_a_version(line)
        if any(word in line for word in FOREVER):
            laptop.begins(line, folder)
        elif line.startswith("autosyncctl approve"):
            _says_that_nothing_waits(laptop, line)
        elif line.startswith("autosyncctl doctor"):
            _judges(laptop, line)
        else:
            laptop.run(line, folder)
    assert (laptop.home / "notes" / ".git").is_dir()
    assert list(folder.glob("todo.from-*.md"))
    until(lambda: not laptop.answers(), "the daemon has stopped")


def _at_a_time_since_there_is_a_version(line: str) -> str:
    """Yesterday there was none yet."""
    assert "'yesterday 10:00'" in line
    return line.replace("'yesterday 10:00'", "now")


def _make_conflict(laptop: Person, desktop: Person) -> None:
    for person, text in ((laptop, "the laptop's\n"), (desktop, "the desktop's\n")):
        person.run("autosyncctl pause --all")
        (person.home / "docs" / "todo.md").write_text(text)
    laptop.run("autosyncctl resume --all && autosyncctl sync")
    desktop.run("autosyncctl resume --all && autosyncctl sync")
    laptop.run("autosyncctl sync")
    until(
        lambda: bool(list((laptop.home / "docs").glob("todo.conflict-*.md"))),
        f"a conflict\n{laptop.run('autosyncctl events')}",
    )


def _says_that_nothing_waits(person: Person, line: str) -> None:
    done = subprocess.run(
        shlex.split(line), env=person.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "there is nothing to approve" in done.stderr


def _judges(person: Person, line: str) -> None:
    """On a machine without systemd or agent it may well find something."""
    done = subprocess.run(
        shlex.split(line), env=person.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1)
    assert done.stdout


def test_the_install_line_names_what_is_there() -> None:
    text = section(README, "Two machines in step, in five minutes")
    assert "pipx install ." in "\n".join(lines(text))
    project = (ROOT / "pyproject.toml").read_text()
    assert re.search(r'(?m)^autosyncd = "', project)
    assert re.search(r'(?m)^autosyncctl = "', project)
