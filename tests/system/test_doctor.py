"""`doctor` through the socket of a real daemon, with remotes on a real sshd."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.machines import QUICK, Machine, bare_remote, git, until
from tests.system.ssh_server import NEEDS_SSHD, SshServer, ssh_server

pytestmark = [
    pytest.mark.system,
    NEEDS_SSHD,
]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path, "laptop")
    yield made
    made.stop()


def start(machine: Machine, docs: Path, ssh: str | None = None) -> None:
    """Start the daemon, with this ssh."""
    if ssh:
        machine.extra["GIT_SSH_COMMAND"] = ssh
    machine.start(f"{QUICK}repositories:\n  - {docs}\n")


def seeded(machine: Machine, remote: Path) -> Path:
    """A clone with a pushed commit."""
    docs = machine.clone(remote)
    (docs / "a").write_text("x")
    machine.git_home("-C", "docs", "add", "-A")
    machine.git_home("-C", "docs", "commit", "-q", "-m", "first")
    machine.git_home("-C", "docs", "push", "-q", "origin", "HEAD:main")
    return docs


def test_in_order_it_ends_with_0_and_says_what_it_looked_at(
    tmp_path: Path, machine: Machine, server: SshServer
) -> None:
    docs = seeded(machine, bare_remote(tmp_path))
    git(docs, "remote", "set-url", "origin", server.url(tmp_path / "remote.git"))
    start(machine, docs, server.client())
    until(machine.in_step, "it is in step")
    answer = machine.ctl("doctor")
    assert answer.returncode == 0, answer.stdout
    assert "origin answers" in answer.stdout
    assert "the clock goes as that of 127.0.0.1" in answer.stdout
    assert "inotify watches" in answer.stdout


def test_a_trouble_with_ssh_is_named_with_its_command(
    tmp_path: Path, machine: Machine, server: SshServer
) -> None:
    docs = seeded(machine, bare_remote(tmp_path))
    git(docs, "remote", "set-url", "origin", server.url(tmp_path / "remote.git"))
    start(machine, docs, server.client(key="locked"))
    answer = machine.ctl("doctor", "docs", "--json")
    assert answer.returncode == 1
    found = json.loads(answer.stdout)
    assert not found["ok"]
    hints = [one["hint"] or "" for one in found["findings"] if one["level"] == "problem"]
    assert any(hint.startswith(f"`ssh-add {server.folder}/locked`") for hint in hints), hints


def told_of(tmp_path: Path, machine: Machine, script: str) -> str:
    """What doctor tells of a server on which this script runs whatever is asked for."""
    docs = seeded(machine, bare_remote(tmp_path))
    stub = tmp_path / "shell"
    stub.write_text(f"#!/bin/sh\n{script}")
    stub.chmod(0o755)
    with ssh_server(tmp_path / "server", command=str(stub)) as server:
        git(docs, "remote", "set-url", "origin", server.url(tmp_path / "remote.git"))
        start(machine, docs, server.client())
        answer = machine.ctl("doctor", "docs")
    assert answer.returncode == 1
    return answer.stdout


def test_a_key_that_may_only_read(tmp_path: Path, machine: Machine) -> None:
    told = told_of(
        tmp_path,
        machine,
        'case "$SSH_ORIGINAL_COMMAND" in git-upload-pack*) eval exec '
        '"$SSH_ORIGINAL_COMMAND";; esac\n'
        "echo 'ERROR: The key you are authenticating with has been marked as read only.' >&2\n"
        "exit 1\n",
    )
    assert "origin can be read, and not pushed to" in told


def test_a_server_whose_clock_is_wrong(tmp_path: Path, machine: Machine) -> None:
    told = told_of(
        tmp_path,
        machine,
        '[ "$SSH_ORIGINAL_COMMAND" = "date +%s" ] && exec expr $(date +%s) + 7200\n'
        'eval exec "$SSH_ORIGINAL_COMMAND"\n',
    )
    assert "the clock of this machine is 120 min behind that of 127.0.0.1" in told
    assert "timedatectl set-ntp true" in told


def test_a_hook_that_refuses_is_said_with_its_words(tmp_path: Path, machine: Machine) -> None:
    docs = seeded(machine, bare_remote(tmp_path))
    hook = docs / ".git" / "hooks" / "pre-push"
    hook.write_text("#!/bin/sh\necho 'not on a Thursday' >&2\nexit 1\n")
    hook.chmod(0o755)
    start(machine, docs)
    (docs / "b").write_text("x")
    until(lambda: machine.repository()["state"] == "blocked", "the hook refuses")
    answer = machine.ctl("doctor")
    assert answer.returncode == 1
    assert "is blocked: the pre-push hook refuses the push: not on a Thursday" in answer.stdout
    assert len(answer.stderr.splitlines()) == 1


def test_the_environment_is_that_of_the_daemon(tmp_path: Path, machine: Machine) -> None:
    docs = seeded(machine, bare_remote(tmp_path))
    git(docs, "config", "--unset-all", "user.name") if _has(docs, "user.name") else None
    (machine.home / ".gitconfig").write_text("")
    start(machine, docs)
    answer = machine.ctl("doctor", "docs")
    assert answer.returncode == 1
    assert "git does not know who you are" in answer.stdout


def _has(docs: Path, key: str) -> bool:
    command = ["git", "-C", str(docs), "config", "--local", key]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
