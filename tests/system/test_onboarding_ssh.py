"""`add` and `clone` over ssh, against a real sshd on loopback."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.machines import QUICK, Machine, git, tree_of
from tests.system.ssh_server import NEEDS_SSHD, SshServer, ssh_server
from tests.system.test_onboarding import done, drop_ins, refused

pytestmark = [
    pytest.mark.system,
    NEEDS_SSHD,
]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path, "laptop")
    folder = made.home / "docs"
    folder.mkdir()
    (folder / "a").write_text("hello\n")
    yield made
    made.stop()


def start(machine: Machine, ssh: str) -> None:
    """Start the daemon with this ssh."""
    machine.extra["GIT_SSH_COMMAND"] = ssh
    machine.start(f"{QUICK}repositories: []\n")


def test_the_bare_repository_is_created_by_ssh_and_cloned_by_another(
    tmp_path: Path, machine: Machine, server: SshServer
) -> None:
    start(machine, server.client())
    url = server.url(tmp_path / "it's here" / "docs.git")
    added = done(machine, "add", "docs", "--remote", url)
    assert added["error"] is None
    assert any("created the repository" in step for step in added["done"])
    desktop = Machine(tmp_path, "desktop")
    try:
        start(desktop, server.client())
        assert done(desktop, "clone", url, "copy")["error"] is None
        assert tree_of(desktop.home / "copy") == tree_of(machine.home / "docs")
    finally:
        desktop.stop()


def test_an_empty_remote_with_another_head_gets_the_right_one(
    tmp_path: Path, machine: Machine, server: SshServer
) -> None:
    start(machine, server.client())
    remote = tmp_path / "old.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "master", str(remote)], check=True)
    assert done(machine, "add", "docs", "--remote", server.url(remote))["error"] is None
    assert git(remote, "symbolic-ref", "HEAD") == "refs/heads/main"


def test_a_folder_with_files_at_the_server_is_left_alone(
    tmp_path: Path, machine: Machine, server: SshServer
) -> None:
    start(machine, server.client())
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "precious").write_text("x")
    said = refused(machine, "add", "docs", "--remote", server.url(tmp_path / "there"))
    assert "nothing there was touched" in said
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["precious"]
    assert not (machine.home / "docs" / ".git").exists()


def test_each_reason_for_a_refusal_has_its_own_cure(
    tmp_path: Path, machine: Machine, server: SshServer
) -> None:
    changed = tmp_path / "changed_hosts"
    other = (server.folder / "good.pub").read_text()
    changed.write_text(f"[127.0.0.1]:{server.port} {other}")
    where = f"-p {server.port} {server.destination}"
    url = server.url(tmp_path / "x.git")
    for ssh, words in (
        (server.client(known=False), f"say yes: `ssh {where}`"),
        (server.client(hosts=changed), f"ssh-keygen -R '[127.0.0.1]:{server.port}'"),
        (server.client(key="wrong"), f"ssh-copy-id {where}"),
        (server.client(key=None), f"ssh-keygen -t ed25519 && ssh-copy-id {where}"),
        (server.client(key="locked"), f"ssh-add {server.folder}/locked"),
    ):
        start(machine, ssh)
        assert words in refused(machine, "add", "docs", "--remote", url), ssh
        assert words in refused(machine, "clone", url, "new"), ssh
        machine.stop()
    assert not (machine.home / "docs" / ".git").exists()
    assert not (tmp_path / "x.git").exists()
    assert drop_ins(machine) == []


def test_where_there_is_no_shell_the_way_out_is_named(tmp_path: Path, machine: Machine) -> None:
    shell = shutil.which("git-shell") or "git-shell"
    stub = tmp_path / "shell"
    stub.write_text(f'#!/bin/sh\nexec {shell} -c "$SSH_ORIGINAL_COMMAND"\n')
    stub.chmod(0o755)
    with ssh_server(tmp_path / "server", command=str(stub)) as server:
        start(machine, server.client())
        url = server.url(tmp_path / "x.git")
        said = refused(machine, "add", "docs", "--remote", url)
        assert "no shell there that creates one" in said
        assert "create an empty one there" in said
        assert not (machine.home / "docs" / ".git").exists()
        subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "x.git")], check=True)
        assert done(machine, "add", "docs", "--remote", url)["error"] is None


def test_a_port_where_nobody_answers_is_named(machine: Machine, server: SshServer) -> None:
    start(machine, server.client())
    said = refused(machine, "add", "docs", "--remote", f"ssh://{server.destination}:1/x.git")
    assert "127.0.0.1 does not answer" in said
    assert "Connection refused" in said
