"""What keeps ssh from reaching a remote without a prompt, each provoked on a real sshd."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from autosyncd.doctor.remote import check_remote
from tests.doctor.conftest import git, opened
from tests.system.machines import until
from tests.system.ssh_server import NEEDS_SSHD, SshServer

pytestmark = NEEDS_SSHD


@pytest.fixture
def distant(docs: Path, remote: Path, server: SshServer) -> Path:
    git(docs, "remote", "set-url", "origin", server.url(remote))
    return docs


@pytest.fixture
def agent() -> Iterator[str]:
    """The address of an agent without keys; short, as those of sockets have to be."""
    with tempfile.TemporaryDirectory(prefix="as-") as folder:
        address = f"{folder}/agent"
        command = ["ssh-agent", "-D", "-a", address]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as running:
            until(lambda: os.path.exists(address), "the agent listens")
            yield address
            running.terminate()


async def said(docs: Path, ssh: str, **environment: str) -> str:
    """The one finding about the remote."""
    subject = await opened(docs, {"GIT_SSH_COMMAND": ssh, **environment})
    [finding] = await check_remote(subject)
    return f"{finding.level}: {finding.message}; {finding.hint}"


async def test_a_key_that_is_let_in(distant: Path, server: SshServer) -> None:
    assert (await said(distant, server.client())).startswith("ok: origin answers")


async def test_an_unknown_and_a_changed_host_key(
    distant: Path, server: SshServer, tmp_path: Path
) -> None:
    found = await said(distant, server.client(known=False))
    assert "is not known to ssh here" in found
    assert f"say yes: `ssh -p {server.port} {server.destination}`" in found
    other = tmp_path / "hosts"
    key = (server.folder / "good.pub").read_text()
    other.write_text(f"[127.0.0.1]:{server.port} {key}")
    found = await said(distant, server.client(hosts=other))
    assert "is another one than before" in found
    assert f"ssh-keygen -R '[127.0.0.1]:{server.port}'" in found


async def test_no_key_and_a_wrong_key(distant: Path, server: SshServer) -> None:
    copy = f"ssh-copy-id -p {server.port} {server.destination}"
    assert f"ssh-keygen -t ed25519 && {copy}" in await said(distant, server.client(key=None))
    found = await said(distant, server.client(key="wrong"))
    assert "accepts none of the keys" in found
    assert found.endswith(f"`{copy}`")


async def test_a_key_with_a_passphrase_and_no_agent_a_dead_one_and_an_empty_one(
    distant: Path, server: SshServer, tmp_path: Path, agent: str
) -> None:
    ssh = server.client(key="locked")
    assert "knows no agent" in await said(distant, ssh)
    assert "has gone" in await said(distant, ssh, SSH_AUTH_SOCK=str(tmp_path / "gone"))
    found = await said(distant, ssh, SSH_AUTH_SOCK=agent)
    assert "the ssh agent has no key" in found
    assert found.endswith(f"`ssh-add {server.folder}/locked`")


async def test_a_repository_that_is_not_there(distant: Path, server: SshServer) -> None:
    git(distant, "remote", "set-url", "origin", server.url("/no/such/thing.git"))
    found = await said(distant, server.client())
    assert "there is no git repository at ssh://" in found
    assert "remote set-url origin URL" in found


async def test_where_there_is_a_shell_the_repository_is_made_as_it_is_told(
    distant: Path, server: SshServer, tmp_path: Path
) -> None:
    git(distant, "remote", "set-url", "origin", server.url(tmp_path / "it's new.git"))
    found = await said(distant, server.client())
    command = found.partition("where there is a shell: `")[2].partition("`")[0]
    assert command.startswith(f"ssh -p {server.port} {server.destination} ")
    mine = command.replace("ssh ", f"{server.client()} ", 1)
    subprocess.run(["sh", "-c", mine], check=True, capture_output=True)
    assert (await said(distant, server.client())).startswith("ok: origin answers")


async def test_a_port_without_anybody(distant: Path, server: SshServer) -> None:
    git(distant, "remote", "set-url", "origin", f"ssh://{server.destination}:1/x.git")
    found = await said(distant, server.client())
    assert "127.0.0.1 does not answer" in found
    assert f"by hand: `ssh -p 1 {server.destination}`" in found
