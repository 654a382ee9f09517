"""The shipped units say nothing that systemd does not understand."""

import os
import subprocess
from pathlib import Path

import pytest

from autosyncctl import unit_files
from tests.system.machines import BIN

CONTRIB = Path(__file__).parents[2] / "contrib" / "systemd"
SHELL = '/bin/sh -c \'exec "$$0" "$$@"\' '
UNITS = sorted(CONTRIB.iterdir())

pytestmark = pytest.mark.skipif(
    not Path("/lib/systemd/systemd").exists() and os.environ.get("CI") != "true",
    reason="systemd is not installed",
)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_understands_every_line(unit: Path, tmp_path: Path) -> None:
    for one in UNITS:
        text = one.read_text().replace("/usr/bin/autosync", f"{BIN}/autosync")
        (tmp_path / one.name).write_text(text)
    name = unit.name.replace("@", "@somebody")
    os.rename(tmp_path / unit.name, tmp_path / name)
    scope = "--user" if unit.is_symlink() else "--system"
    finished = subprocess.run(
        ["systemd-analyze", "verify", scope, "--man=no", str(tmp_path / name)],
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    complaints = [line for line in finished.stderr.splitlines() if str(tmp_path / name) in line]
    assert complaints == []
    assert finished.returncode == 0, finished.stderr


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/usr/bin/autosyncd", "/usr/bin/autosyncd"),
        ("/home/me/my tools/100%/autosyncd", '"/home/me/my tools/100%%/autosyncd"'),
        ("/a;b/autosyncd", '"/a;b/autosyncd"'),
        ('/a "b\\c"/$d', SHELL + '"/a \\"b\\\\c\\"/$$d"'),
        ("/it's/\t", SHELL + '"/it\'s/\\x09"'),
    ],
)
def test_any_path_can_be_started_by_the_unit(path: str, word: str) -> None:
    assert f"\nExecStart={word} --init\n" in unit_files.text(unit_files.SERVICE, Path(path))
