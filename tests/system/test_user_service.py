"""autosync under a real systemd of a user: installed, started, watched, reloaded, ended."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from autosyncctl import unit_files
from tests.system.machines import BIN, bare_remote, git, until
from tests.system.ssh_server import NEEDS_SSHD, SshServer
from tests.system.user_systemd import UserSystemd, supported, user_systemd

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        not supported() and os.environ.get("CI") != "true",
        reason="a systemd of one's own needs root and systemd",
    ),
]

CONFIG = """\
defaults: {settle: 200ms, push_delay: 100ms, pull_interval: 0}
repositories:
"""

HANGS = """\
import pathlib, signal, sys, time
from autosyncd.__main__ import main

def hang(*_):
    pathlib.Path(__file__).with_name("hung").touch()
    time.sleep(1000)

signal.signal(signal.SIGUSR1, hang)
sys.exit(main())
"""


@pytest.fixture(scope="module")
def manager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UserSystemd]:
    home = tmp_path_factory.mktemp("home")
    (home / ".gitconfig").write_text(
        "[user]\n\tname = me\n\temail = me@example.org\n[init]\n\tdefaultBranch = main\n"
    )
    with user_systemd(home) as manager:
        yield manager


@pytest.fixture
def docs(manager: UserSystemd, tmp_path: Path) -> Iterator[Path]:
    """The service, installed for one clone of a remote, and removed afterwards."""
    docs = clone(manager, bare_remote(tmp_path), "docs")
    configure(manager, docs)
    manager.ctl("service", "install")
    yield docs
    manager.ctl("service", "uninstall")
    manager.run("rm", "-rf", str(manager.home / ".config"), str(docs))


def clone(manager: UserSystemd, remote: Path, name: str) -> Path:
    manager.run("git", "clone", "-q", str(remote), name)
    return manager.home / name


def configure(manager: UserSystemd, *repositories: Path) -> None:
    file = manager.home / ".config" / "autosync" / "autosync.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(CONFIG + "".join(f"  - {path}\n" for path in repositories))


def arrived(remote: Path, name: str) -> bool:
    finished = subprocess.run(["git", "-C", remote, "cat-file", "-e", f"main:{name}"], check=False)
    return finished.returncode == 0


def test_installed_it_runs_is_ready_and_syncs(
    manager: UserSystemd, docs: Path, tmp_path: Path
) -> None:
    assert manager.property("ActiveState") == "active"
    until(lambda: manager.property("StatusText") == "1 idle", "it tells what it does")
    assert manager.property("UnitFileState") == "enabled"
    assert "autosyncd runs (process" in manager.ctl("service", "status")
    unit = (manager.home / ".config/systemd/user/autosyncd.service").read_text()
    assert f"ExecStart={BIN}/autosyncd --init\n" in unit
    (docs / "note").write_text("x\n")
    until(lambda: arrived(tmp_path / "remote.git", "note"), "the change is at the remote")
    assert manager.systemctl("is-system-running") == "running"


@pytest.mark.once
@NEEDS_SSHD
def test_ssh_works_in_the_unit_with_the_agent_of_the_session(
    manager: UserSystemd, tmp_path: Path, server: SshServer
) -> None:
    """The only key that is let in is in the agent, whose socket nobody has told the unit of."""
    remote, agent = bare_remote(tmp_path), "/run/user/0/openssh_agent"
    docs = clone(manager, remote, "distant")
    ssh = server.client(key=None).replace("IdentitiesOnly=yes", "IdentitiesOnly=no")
    git(docs, "remote", "set-url", "origin", server.url(remote))
    git(docs, "config", "core.sshCommand", ssh)
    started = f"ssh-agent -D -a {agent} > /dev/null & echo $! > {tmp_path}/pid; wait"
    with manager.running("sh", "-c", started):
        try:
            until(lambda: is_socket(manager, agent), "the agent listens")
            manager.run("env", f"SSH_AUTH_SOCK={agent}", "ssh-add", f"{server.folder}/good")
            configure(manager, docs)
            manager.ctl("service", "install")
            (docs / "note").write_text("x\n")
            until(lambda: arrived(remote, "note"), f"it is pushed by ssh\n{manager.log()}")
            assert "answers" in manager.ctl("doctor", "distant")
        finally:
            manager.ctl("service", "uninstall")
            manager.run("kill", (tmp_path / "pid").read_text().strip())
    manager.run("rm", "-rf", str(manager.home / ".config"), str(docs))


def is_socket(manager: UserSystemd, path: str) -> bool:
    return manager.finished("test", "-S", path).returncode == 0


ODD = 'it\'s 100% $HOME;\t"\\x41" ü{a}*#'


@pytest.mark.once
def test_a_program_at_any_path_is_started(manager: UserSystemd) -> None:
    program = manager.home / ODD / "autosyncd"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "$0 $*" > "$HOME/started"\n')
    program.chmod(0o755)
    unit = unit_files.text(unit_files.SERVICE, program).replace("Type=notify", "Type=oneshot")
    place = manager.home / ".config" / "systemd" / "user" / "odd.service"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(re.sub("(?m)^(Requires|Restart|WatchdogSec|RestartSec)=.*", "", unit))
    manager.systemctl("daemon-reload")
    manager.systemctl("start", "odd.service")
    assert (manager.home / "started").read_text() == f"{program} --init\n"
    place.unlink()


OPENS = """\
[Service]
Type=oneshot
RemainAfterExit=yes
KillMode=mixed
NoNewPrivileges=yes
Environment=PATH={home}/programs:/usr/bin:/bin
ExecStart={python} -c "from pathlib import Path; import autosyncctl.agent.choices as c; \\
  c.open_folder(Path('/tmp'))"
"""


@pytest.mark.once
def test_a_file_manager_outlives_the_service_that_opened_it(manager: UserSystemd) -> None:
    programs, opened = manager.home / "programs", manager.home / "opened"
    programs.mkdir()
    (programs / "xdg-open").write_text(f"#!/bin/sh\necho $$ $1 > {opened}\nexec sleep 1000\n")
    (programs / "xdg-open").chmod(0o755)
    unit = manager.home / ".config" / "systemd" / "user" / "opens.service"
    unit.parent.mkdir(parents=True, exist_ok=True)
    unit.write_text(OPENS.format(home=manager.home, python=f"{BIN}/python"))
    manager.systemctl("daemon-reload")
    manager.systemctl("start", "opens.service")
    until(lambda: opened.exists() and opened.read_text().endswith("\n"), "it is open")
    pid, folder = opened.read_text().split()
    assert folder == "/tmp"
    manager.systemctl("stop", "opens.service")
    manager.run("kill", pid)
    unit.unlink()


@pytest.mark.once
def test_installed_twice_it_still_runs(manager: UserSystemd, docs: Path) -> None:
    manager.ctl("service", "install")
    assert [one["path"] for one in manager.status()] == [str(docs)]


@pytest.mark.once
def test_a_unit_that_somebody_else_wrote_stays(manager: UserSystemd) -> None:
    unit = manager.home / ".config" / "systemd" / "user" / "autosyncd.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("[Service]\nExecStart=/bin/true\n")
    for action in ("install", "uninstall"):
        finished = manager.finished("autosyncctl", "service", action)
        assert finished.returncode == 1
        assert "was not written by this command; move it away first" in finished.stderr
    assert unit.read_text().startswith("[Service]")
    unit.unlink()


@pytest.mark.once
def test_a_daemon_that_was_started_by_hand_keeps_its_socket(manager: UserSystemd) -> None:
    with manager.running("autosyncd", str(manager.home)):
        until(lambda: manager.finished("autosyncctl", "version").returncode == 0, "it answers")
        finished = manager.finished("autosyncctl", "service", "install")
        manager.ctl("stop")
    assert finished.returncode == 1
    assert "autosyncd runs already" in finished.stderr
    assert "`autosyncctl stop`, then again" in finished.stderr


def test_a_reload_reads_the_configuration_again(
    manager: UserSystemd, docs: Path, tmp_path: Path
) -> None:
    more = clone(manager, tmp_path / "remote.git", "more")
    configure(manager, docs, more)
    manager.systemctl("reload", "autosyncd")
    until(lambda: len(manager.status()) == 2, "the new repository is there")
    manager.run("rm", "-rf", str(more))


def test_killed_it_is_started_again(manager: UserSystemd, docs: Path) -> None:
    before = manager.property("MainPID")
    manager.systemctl("kill", "--signal=KILL", "--kill-who=main", "autosyncd")
    until(lambda: manager.property("NRestarts") == "1", "it was restarted")
    until(lambda: manager.property("ActiveState") == "active", "it is ready again")
    assert manager.property("MainPID") not in (before, "0")
    assert [one["path"] for one in manager.status()] == [str(docs)]


@pytest.mark.once
def test_a_wrong_configuration_is_not_tried_again_and_again(
    manager: UserSystemd, docs: Path
) -> None:
    (manager.home / ".config/autosync/autosync.yaml").write_text("repositories: 3\n")
    manager.run("systemctl", "--user", "restart", "autosyncd", check=False)
    until(lambda: manager.property("ActiveState") == "failed", "it has given up")
    assert manager.property("ExecMainStatus") == "2"
    assert manager.property("NRestarts") == "0"
    assert manager.finished("autosyncctl", "service", "status").returncode == 1


@pytest.mark.once
def test_a_loop_that_hangs_is_noticed_and_it_is_started_again(
    manager: UserSystemd, docs: Path
) -> None:
    program = manager.home / "hangs.py"
    program.write_text(HANGS)
    drop_in(
        manager, f"WatchdogSec=2\nTimeoutAbortSec=2\nExecStart=\nExecStart={BIN}/python {program}"
    )
    manager.systemctl("kill", "--signal=USR1", "--kill-who=main", "autosyncd")
    until(lambda: manager.property("NRestarts") == "1", "it was restarted")
    until(lambda: manager.property("ActiveState") == "active", "it is ready again")
    assert (manager.home / "hung").exists()


def test_who_asks_something_starts_it(manager: UserSystemd, docs: Path) -> None:
    manager.systemctl("stop", "autosyncd.service")
    assert manager.property("ActiveState") == "inactive"
    assert [one["path"] for one in manager.status()] == [str(docs)]
    until(lambda: manager.property("ActiveState") == "active", "it is ready")


def test_at_the_end_what_waits_is_committed_and_pushed(
    manager: UserSystemd, docs: Path, tmp_path: Path
) -> None:
    file = manager.home / ".config/autosync/autosync.yaml"
    file.write_text(file.read_text().replace("200ms", "1h").replace("}", ", max_settle: 1h}"))
    manager.ctl("reload")
    until(lambda: manager.status()[0]["state"] == "idle", "it rests")
    (docs / "late").write_text("x\n")
    until(lambda: manager.status()[0]["pending"] == 1, "the change is seen")
    manager.systemctl("stop", "autosyncd.service")
    assert arrived(tmp_path / "remote.git", "late")
    assert git(docs, "status", "--porcelain") == ""
    assert manager.property("Result") == "success"


@pytest.mark.once
def test_its_programs_can_gain_no_privileges(manager: UserSystemd, docs: Path) -> None:
    pid = manager.property("MainPID")
    status = manager.run("cat", f"/proc/{pid}/status")
    assert "NoNewPrivs:\t1" in status
    assert "Seccomp:\t2" in status


def test_uninstalled_nothing_of_it_is_left(manager: UserSystemd, docs: Path) -> None:
    manager.ctl("service", "uninstall")
    assert manager.property("LoadState") == "not-found"
    assert not list((manager.home / ".config/systemd").rglob("autosyncd*"))
    finished = manager.finished("autosyncctl", "service", "status")
    assert finished.returncode == 1
    assert "is not installed as a service" in finished.stdout


def drop_in(manager: UserSystemd, service: str) -> None:
    """Change the unit as `systemctl --user edit` does, for this run of it."""
    folder = manager.home / ".config/systemd/user/autosyncd.service.d"
    folder.mkdir(parents=True)
    (folder / "test.conf").write_text(f"[Service]\n{service}\n")
    manager.systemctl("daemon-reload")
    manager.systemctl("restart", "autosyncd")
