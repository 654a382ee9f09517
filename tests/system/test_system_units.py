"""The units for the whole system, run by a real systemd with all that they forbid."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.system.machines import BIN, until
from tests.system.user_systemd import NAMESPACES, remove_groups, supported

ROOT = Path(__file__).parents[2]
CONTRIB = ROOT / "contrib" / "systemd"

pytestmark = [
    pytest.mark.system,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        not supported() and os.environ.get("CI") != "true",
        reason="a systemd of one's own needs root and systemd",
    ),
]

ALONE = "[Unit]\nDefaultDependencies=no\nRequiresMountsFor=\n[Service]\n"

REFLECTOR = """\
systemctl start autosync-reflector
pid=$(systemctl show --value -p MainPID autosync-reflector)
/usr/bin/python3 - <<'END'
import socket, time

def connected():
    end = time.monotonic() + 60
    while True:
        try:
            return socket.create_connection(("127.0.0.1", 1986), 60)
        except OSError:
            assert time.monotonic() < end
            time.sleep(0.1)

hears, tells = connected(), connected()
hears.sendall(b"subscribe here\\nping\\n")
lines = hears.makefile("rb")
while not lines.readline().strip().isdigit():
    pass
tells.sendall(b"announce here 1234\\n")
print("heard", lines.readline().decode().strip())
END
grep -E "^(NoNewPrivs|Seccomp|CapBnd):" /proc/$pid/status
[ "$(stat -c %u /proc/$pid)" != 0 ] && echo "a user of its own"
systemctl stop autosync-reflector
systemctl show -p Result autosync-reflector
"""

DAEMON = """\
export HOME=/run/home && mkdir -p $HOME/.config/autosync && cd $HOME
git config --global user.name me
git config --global user.email me@example.org
git init -q --bare -b main remote.git
git clone -q remote.git docs 2> /dev/null
git -C docs commit -q --allow-empty -m begin
git -C docs push -q -u origin HEAD:main
printf '#!/bin/sh\\ntouch /run/home/hook-ran\\n' > docs/.git/hooks/pre-commit
chmod +x docs/.git/hooks/pre-commit
cat > .config/autosync/autosync.yaml <<'END'
defaults: {settle: 200ms, push_delay: 100ms, commit_hooks: true}
repositories: [~/docs]
END
systemctl start autosyncd@root
echo new > docs/note
n=0
until git -C remote.git cat-file -e main:note 2> /dev/null; do
    n=$((n + 1)); [ $n -lt 600 ] || exit 1
    sleep 0.1
done
echo "pushed"
[ -e hook-ran ] && echo "the hook ran"
pid=$(systemctl show --value -p MainPID autosyncd@root)
grep -E "^(NoNewPrivs|Seccomp|CapBnd):" /proc/$pid/status
[ -e /var/lib/autosync/root/journal.sqlite3 ] && echo "its state has a place"
systemctl reload autosyncd@root
systemctl stop autosyncd@root
systemctl show -p Result autosyncd@root
"""


def run(folder: Path, unit: str, service: str, script: str) -> list[str]:
    """What the script prints beside this unit, whose service gets some more lines."""
    text = (CONTRIB / unit).read_text().replace("=/usr/bin/autosyncd", f"={BIN}/autosyncd")
    more = folder / "units" / f"{unit}.d"
    more.mkdir(parents=True)
    (folder / "units" / unit).write_text(text)
    (more / "test.conf").write_text(f"{ALONE}{service}\n")
    (folder / "script").write_text(script)
    finished = subprocess.run(
        [
            *("unshare", *NAMESPACES, "--uts", "--ipc", "--net", "bash"),
            *(str(Path(__file__).with_name("system_systemd.sh")), str(folder / "units")),
            str(folder / "script"),
        ],
        env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8"},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=240,
    )
    until(remove_groups, "the control groups are gone")
    lines = finished.stdout.splitlines()
    assert lines[-1:] == ["done"], lines
    return lines


CONFINED = ["CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"]


def test_the_reflector_serves_as_a_user_of_its_own(tmp_path: Path) -> None:
    """By the system's Python with nothing installed: its user may enter no home."""
    program = tmp_path / "units" / "program"
    shutil.copytree(ROOT / "autosyncd", program / "modules" / "autosyncd")
    (program / "autosyncd").write_text(
        "#!/bin/sh\nexport PYTHONPATH=/run/systemd/system/program/modules\n"
        'exec /usr/bin/python3 -m autosyncd "$@"\n'
    )
    (program / "autosyncd").chmod(0o755)
    path = "Environment=PATH=/run/systemd/system/program:/usr/bin:/bin"
    lines = run(tmp_path, "autosync-reflector.service", path, REFLECTOR)
    assert lines[0] == "heard here!1234"
    assert set(CONFINED) < set(lines)
    assert "a user of its own" in lines
    assert "Result=success" in lines


def test_a_users_daemon_commits_runs_hooks_and_pushes(tmp_path: Path) -> None:
    lines = run(tmp_path, "autosyncd@.service", "Environment=HOME=/run/home", DAEMON)
    assert lines[:2] == ["pushed", "the hook ran"]
    assert set(CONFINED) < set(lines)
    assert "its state has a place" in lines
    assert "Result=success" in lines
