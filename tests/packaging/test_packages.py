"""What is built can be installed and run: wheel, sdist, pipx, a Debian package."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from autosyncd.version import VERSION

ROOT = Path(__file__).parents[2]
PIP = Path(sys.executable).with_name("pip")
DATA = (".service", ".socket", ".yaml", "py.typed")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def ran(*command: str | Path, env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> str:
    """What a program that must succeed prints."""
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout.strip()


def checkout(folder: Path) -> Path:
    """The sources as git has them, and what is new."""
    listed = ran("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    return folder


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean folder of the sources, with wheel and sdist in `dist`; the wheel is the sdist's."""
    folder = checkout(tmp_path_factory.mktemp("sources"))
    ran(sys.executable, "-m", "build", "--no-isolation", "--outdir", "dist", cwd=folder)
    return folder


def wheel(sources: Path) -> Path:
    (found,) = (sources / "dist").glob("*.whl")
    return found


def test_wheel_and_sdist_hold_all_that_is_needed(sources: Path) -> None:
    packages = ("autosyncd", "autosyncctl")
    needed = {
        str(path.relative_to(sources))
        for package in packages
        for path in (sources / package).rglob("*")
        if path.name.endswith((".py", *DATA))
    }
    with zipfile.ZipFile(wheel(sources)) as file:
        assert needed <= set(file.namelist())
    with tarfile.open(sources / "dist" / f"autosync-{VERSION}.tar.gz") as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    assert needed | {"README.md", "LICENSE", "pyproject.toml"} <= inside


def test_pipx_installs_it(sources: Path, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PIPX_HOME": str(tmp_path / "pipx"),
        "PIPX_BIN_DIR": str(tmp_path / "bin"),
        "PIPX_DEFAULT_PYTHON": sys.executable,
    }
    ran(sys.executable, "-m", "pipx", "install", wheel(sources), env=environment)
    programs = {path.name for path in (tmp_path / "bin").iterdir()}
    assert programs == {"autosyncd", "autosyncctl"}
    assert VERSION in ran(tmp_path / "bin" / "autosyncctl", "--version")
    assert VERSION in ran(tmp_path / "bin" / "autosyncd", "--version")


@pytest.mark.once
@pytest.mark.skipif(
    os.getuid() != 0 and os.environ.get("CI") != "true",
    reason="only root can try a Debian package without installing it",
)
def test_the_debian_package_runs_where_it_is_unpacked(sources: Path, tmp_path: Path) -> None:
    ran("sh", "contrib/debian/build.sh", PIP, wheel(sources), cwd=sources)
    (deb,) = (sources / "dist").glob("*.deb")
    assert f"Version: {VERSION}" in ran("dpkg-deb", "--info", deb)
    ran("dpkg-deb", "-x", deb, tmp_path / "root")
    (tmp_path / "work").mkdir()
    options = f"lowerdir=/usr,upperdir={tmp_path}/root/usr,workdir={tmp_path}/work"
    script = f"mount -t overlay overlay -o {options} /usr && cd / && exec env -i"
    script += f" HOME=/root XDG_RUNTIME_DIR={tmp_path} PATH=/usr/bin:/bin LC_ALL=C.UTF-8"
    inside = ("unshare", "--mount", "--propagation", "private", "sh", "-c")

    def installed(command: str) -> str:
        return ran(*inside, f"{script} {command}")

    assert VERSION in installed("autosyncd --version")
    assert VERSION in installed("autosyncctl --version")
    assert VERSION in installed("/usr/lib/autosync/bin/python -m autosyncctl --version")
    units = "/usr/lib/systemd/user/autosyncd.service /usr/lib/systemd/user/autosyncd.socket"
    installed(f"systemd-analyze verify --user --man=no {units}")
    for page in ("man1/autosyncd.1", "man1/autosyncctl.1", "man5/autosync.yaml.5"):
        assert (tmp_path / "root/usr/share/man" / f"{page}.gz").exists()
    installed("bash -n /usr/share/bash-completion/completions/autosyncctl")
