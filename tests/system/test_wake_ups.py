"""A network that comes up and a machine that wakes cause a sync, where nothing else would.

The daemon never asks the remote by itself, nobody tells it anything, and nothing has failed, so
that no try is due. Sleep itself can't be had here: the kernel's boot-time clock is made to jump for
this one process, as it does when a machine wakes.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.system.machines import Machine, bare_remote, git, until
from tests.system.two_networks import FAST, Networks, possible, run, two_networks

pytestmark = [pytest.mark.system, pytest.mark.once]

NEVER_ASKS = """\
defaults:
  settle: 200ms
  push_delay: 100ms
  pull_interval: 0
repositories:
  - ~/docs
"""
CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

/* As if the machine had slept for an hour for each byte in $SLEPT. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    struct stat slept;
    int done = real(clock, now);
    if (clock == CLOCK_BOOTTIME && stat(getenv("SLEPT"), &slept) == 0)
        now->tv_sec += 3600 * slept.st_size;
    return done;
}
"""


def publish(remote: Path, folder: Path) -> str:
    """Another machine pushes something; returns its commit."""
    git(folder, "clone", "-q", str(remote), "other")
    other = folder / "other"
    (other / "news").write_text("n\n")
    git(other, "add", "-A")
    git(other, "-c", "user.name=O", "-c", "user.email=o@example.org", "commit", "-q", "-m", "news")
    git(other, "push", "-q")
    return git(other, "rev-parse", "HEAD")


def seeded(folder: Path) -> Path:
    """A remote with one commit."""
    remote = bare_remote(folder)
    seed = Machine(folder, "seed")
    docs = seed.clone(remote)
    (docs / "readme").write_text("hello\n")
    for words in (["add", "-A"], ["commit", "-q", "-m", "seed"], ["push", "-q", "origin", "main"]):
        git_as(seed, docs, *words)
    return remote


def git_as(machine: Machine, folder: Path, *words: str) -> None:
    subprocess.run(
        ["git", "-C", str(folder), *words], env=machine.environment, check=True, capture_output=True
    )


def comes(machine: Machine, why: str) -> None:
    """Wait for what the other machine pushed, and say how long that took."""
    began = time.monotonic()
    until((machine.home / "docs" / "news").exists, f"it is fetched\n{machine.diary()}")
    print(f"{why} -> fetched: {time.monotonic() - began:.2f} s")


def told(machine: Machine, what: str) -> None:
    """Wait for an event: another test's network may have been faster than what is waited for."""
    until(lambda: what in machine.ctl("events").stdout, f"{what!r} is told\n{machine.diary()}")


@pytest.fixture
def networks() -> Iterator[Networks]:
    with two_networks() as made:
        yield made


@contextmanager
def served(networks: Networks, folder: Path) -> Iterator[str]:
    """The remote in a folder at the other end of the link; gives its URL."""
    where = [f"--listen={FAST}.1", "--port=9418", f"--base-path={folder}"]
    options = ["--export-all", "--reuseaddr", "--enable=receive-pack", *where]
    command = [*networks.inside(networks.here), "git", "daemon", *options, str(folder)]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        yield f"git://{FAST}.1/remote.git"
    finally:
        os.killpg(server.pid, 15)
        server.wait(60)


@pytest.mark.skipif(
    os.environ.get("CI") != "true" and not possible(), reason="needs root for namespaces"
)
def test_a_link_that_comes_up_causes_a_sync(networks: Networks, tmp_path: Path) -> None:
    remote = seeded(tmp_path)
    machine = Machine(tmp_path, "laptop")
    machine.prefix = networks.inside(networks.there)
    asked = [*machine.prefix, "git", "ls-remote", f"git://{FAST}.1/remote.git"]
    with served(networks, tmp_path) as url:
        until(
            lambda: subprocess.run(asked, check=False, capture_output=True).returncode == 0,
            "the server answers",
        )
        machine.git_home("clone", "-q", url, "docs")
        try:
            machine.start(NEVER_ASKS)
            until(machine.in_step, f"it is in step\n{machine.diary()}")
            run("ip", "-n", networks.there, "link", "set", "fast", "down")
            publish(remote, tmp_path)
            run("ip", "-n", networks.there, "link", "set", "fast", "up")
            comes(machine, "the link is up")
            until(machine.in_step, f"it is in step\n{machine.diary()}")
            told(machine, "network up")
        finally:
            machine.stop()


def test_a_machine_that_wakes_syncs(tmp_path: Path) -> None:
    remote = seeded(tmp_path)
    machine = Machine(tmp_path, "laptop")
    machine.clone(remote)
    (tmp_path / "clock.c").write_text(CLOCK)
    library, slept = tmp_path / "clock.so", tmp_path / "slept"
    slept.touch()
    build = ["cc", "-shared", "-fPIC", "-o", str(library), str(tmp_path / "clock.c"), "-ldl"]
    subprocess.run(build, check=True)
    machine.extra |= {"LD_PRELOAD": str(library), "SLEPT": str(slept)}
    try:
        machine.start(NEVER_ASKS)
        until(machine.in_step, f"it is in step\n{machine.diary()}")
        publish(remote, tmp_path)
        slept.write_bytes(b"1")
        comes(machine, "it wakes")
        until(machine.in_step, f"it is in step\n{machine.diary()}")
        told(machine, "woke")
    finally:
        machine.stop()
