"""I7: what git does not track here is never overwritten or removed, whatever comes in."""

import os
import subprocess
import sys

import pytest

from tests.torture.conftest import Pair, write
from tests.torture.kills import NEVER, ROOT
from tests.torture.machine import Machine, run_git


def exclude(machine: Machine, *patterns: str) -> None:
    folder = machine.root / ".git" / "info"
    folder.mkdir(exist_ok=True)
    (folder / "exclude").write_text("".join(f"{pattern}\n" for pattern in patterns))


async def test_an_ignored_file_makes_way_and_keeps_its_bytes(pair: Pair) -> None:
    exclude(pair.here, "secret.txt")
    write(pair.here, secret_txt="mine\n")
    await pair.update(secret_txt="theirs\n")
    assert (pair.here.root / "secret.txt").read_text() == "theirs\n"
    assert (pair.here.root / "secret.local-here.txt").read_text() == "mine\n"
    await pair.agree()
    assert "local-here" not in pair.here.git("ls-tree", "-r", "--name-only", "HEAD")


@pytest.mark.parametrize("name", ["*.txt", "a b ", "[x]?", "back\\slash", "two\nlines", "!n", "#n"])
async def test_what_was_moved_aside_is_never_published(pair: Pair, name: str) -> None:
    """Whatever its name, the one file stays ignored, and no other."""
    (pair.here.root / name).mkdir()
    exclude(pair.here, "/*/secret")
    (pair.here.root / name / "secret").write_text("mine\n")
    (pair.there.root / name).mkdir()
    (pair.there.root / name / "secret").write_text("theirs\n")
    await pair.agree()
    assert (pair.here.root / name / "secret.local-here").read_text() == "mine\n"
    assert "local-here" not in pair.here.git("ls-tree", "-r", "--name-only", "HEAD")
    assert pair.here.git("status", "--porcelain") == ""
    (pair.here.root / name / "else.local-here").write_text("another\n")
    await pair.agree()
    assert (pair.there.root / name / "else.local-here").exists()


async def test_an_ignored_folder_makes_way_for_a_file(pair: Pair) -> None:
    exclude(pair.here, "build")
    write(pair.here, build__deep__x="mine\n")
    await pair.update(build="theirs\n")
    assert (pair.here.root / "build").read_text() == "theirs\n"
    assert (pair.here.root / "build.local-here" / "deep" / "x").read_text() == "mine\n"
    await pair.agree()


async def test_an_ignored_file_in_a_folder_that_goes_away_stays(pair: Pair) -> None:
    exclude(pair.here, "*.o")
    write(pair.here, d__x_o="mine\n")
    (pair.there.root / "d" / "c").unlink()
    await pair.agree()
    assert not (pair.here.root / "d" / "c").exists()
    assert (pair.here.root / "d" / "x.o").read_text() == "mine\n"


async def test_an_untracked_file_in_the_way_becomes_one_of_two_versions(pair: Pair) -> None:
    write(pair.there, new="theirs\n")
    await pair.there.sync()
    write(pair.here, new="mine\n")
    await pair.agree()
    texts = {file.content for file in pair.here.files().values()}
    assert {b"mine\n", b"theirs\n"} <= texts
    assert pair.here.files() == pair.there.files()


async def test_a_pipe_and_a_repository_make_way(pair: Pair) -> None:
    os.mkfifo(pair.here.root / "pipe")
    run_git(pair.here.root, "init", "-q", "inner")
    write(pair.here, inner__x="mine\n")
    await pair.update(pipe="theirs\n", inner="theirs\n")
    root = pair.here.root
    assert (root / "pipe").read_text() == (root / "inner").read_text() == "theirs\n"
    assert (root / "pipe.local-here").is_fifo()
    assert (root / "inner.local-here" / "x").read_text() == "mine\n"
    assert (root / "inner.local-here" / ".git").is_dir()


def sync_without_privileges(machine: Machine) -> str:
    """A round of a daemon that even as root may not read everything; returns what it said."""
    limits = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")
    program = (sys.executable, "-m", "tests.torture.kill_child")
    where = (str(machine.root.parent), str(machine.link.resolve()), str(NEVER))
    argv = [*(limits if os.geteuid() == 0 else ()), *program, *where]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, check=False, text=True).stderr


async def test_an_unreadable_file_is_left_out_and_the_rest_goes_on(pair: Pair) -> None:
    write(pair.here, locked="mine\n", other="x\n")
    (pair.here.root / "locked").chmod(0)
    assert "Traceback" not in sync_without_privileges(pair.here)
    await pair.there.sync()
    assert (pair.there.root / "other").read_text() == "x\n"
    assert not (pair.there.root / "locked").exists()


async def test_an_unreadable_file_makes_way_and_keeps_its_bytes(pair: Pair) -> None:
    write(pair.there, locked="theirs\n", other="x\n")
    await pair.there.sync()
    write(pair.here, locked="mine\n")
    (pair.here.root / "locked").chmod(0)
    assert "Traceback" not in sync_without_privileges(pair.here)
    assert (pair.here.root / "locked").read_text() == "theirs\n"
    aside = pair.here.root / "locked.local-here"
    aside.chmod(0o600)
    assert aside.read_text() == "mine\n"
