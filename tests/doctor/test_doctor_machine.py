"""What keeps the whole daemon from working, and what a check may not do to the others."""

import asyncio
import getpass
import os
import socket
import subprocess
import time
from configparser import ConfigParser
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from autosyncd.api.types import LastError
from autosyncd.doctor import examination, service
from autosyncd.doctor.clock import check_clock
from autosyncd.doctor.examination import examine
from autosyncd.doctor.service import check_service
from autosyncd.doctor.watching import check_watches
from autosyncd.watch import limits
from tests.doctor.conftest import entry, git, house, opened


async def test_a_dead_remote_stalls_no_other_and_is_named(
    docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody accepts the connection, and never says a word."""
    monkeypatch.setattr(examination, "LIMIT", 3.0)
    dead = tmp_path / "dead"
    git(tmp_path, "clone", "-q", str(docs), "dead")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        git(dead, "remote", "set-url", "origin", f"ssh://me@127.0.0.1:{port}/x.git")
        result = await examine(house(entry(docs), entry(dead)))
    of_dead = [f for f in result.findings if f.repository == "dead" and f.level == "problem"]
    assert of_dead[0].message == "remote: no answer within 3 s"
    assert all(f.level != "problem" for f in result.findings if f.repository == "docs")
    assert not result.ok


async def test_a_check_that_breaks_is_a_finding_of_its_own(
    docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_subject: object) -> tuple[()]:
        raise PermissionError("no way")

    monkeypatch.setattr(examination, "CHECKS", (("disk", broken),))
    result = await examine(house(entry(docs)))
    assert "cannot check its disk: no way" in [finding.message for finding in result.findings]


async def test_states_that_need_somebody_are_problems_with_their_cure(docs: Path) -> None:
    one = entry(docs, "blocked")
    error = LastError(time=0, operation="push", message="refused", hint="mend the hook")
    status = msgspec.structs.replace(one.status, reason="the hook refuses", last_error=error)
    result = await examine(house(replace(one, status=status)))
    [problem] = [finding for finding in result.findings if finding.level == "problem"]
    assert problem.message == "is blocked: the hook refuses"
    assert problem.hint == "mend the hook"
    paused = await examine(house(entry(docs, "paused")))
    assert paused.ok
    assert "`autosyncctl resume docs`" in [finding.hint for finding in paused.findings]


async def test_watches_near_the_limit_and_beyond(
    docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "sys" / "fs" / "inotify"
    folder.mkdir(parents=True)
    (folder / "max_user_watches").write_text("100\n")
    monkeypatch.setattr(limits, "_SYSCTL", tmp_path / "sys")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    many = entry(docs)
    many = replace(many, status=msgspec.structs.replace(many.status, watches=90))
    [note] = await check_watches(house(many))
    assert note.level == "note"
    assert note.hint == "allow more with: `sysctl fs.inotify.max_user_watches=256`"
    [fine] = await check_watches(house(entry(docs)))
    assert fine.level == "ok"
    error = LastError(time=0, operation="watch", message="cannot watch 5", hint="allow more")
    [problem] = await check_watches(house(replace(many, limit=error)))
    assert (problem.level, problem.hint) == ("problem", "allow more")


async def test_who_starts_the_daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "SYSTEMD", tmp_path)
    monkeypatch.setattr(service, "LINGERING", tmp_path / "linger")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    [by_hand] = await check_service(house())
    assert by_hand.hint == "`autosyncctl stop && autosyncctl service install`"
    monkeypatch.setattr(service, "SYSTEMD", tmp_path / "none")
    jobs = tmp_path / "jobs"
    crontab = tmp_path / "crontab"
    take = f"cat > {jobs}.new && mv {jobs}.new {jobs}"
    crontab.write_text(f'#!/bin/sh\nif [ "$1" = -l ]; then cat {jobs}; else {take}; fi\n')
    crontab.chmod(0o755)
    jobs.write_text("@daily mine\n")
    path = f"{tmp_path}:{os.environ['PATH']}"
    [in_session] = await check_service(house(PATH=path, DISPLAY="", WAYLAND_DISPLAY=""))
    assert in_session.hint == (
        "start it where your session starts its programs: `autosyncd --init &`"
    )
    monkeypatch.setattr("os.geteuid", lambda: 0)
    [by_cron] = await check_service(house(PATH=path, DISPLAY="", WAYLAND_DISPLAY=""))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    subprocess.run(["sh", "-c", str(by_cron.hint).strip("`")], env={"PATH": path}, check=True)
    mine, ours = jobs.read_text().splitlines()
    assert mine == "@daily mine"
    assert ours.startswith("@reboot ")
    assert ours.endswith("autosyncd --init")
    [on_desktop] = await check_service(house(DISPLAY=":0"))
    own = {"PATH": path, "HOME": str(tmp_path)}
    subprocess.run(["sh", "-c", str(on_desktop.hint).strip("`")], env=own, check=True)
    entry_file = ConfigParser(interpolation=None)
    entry_file.read(tmp_path / ".config" / "autostart" / "autosyncd.desktop")
    assert entry_file["Desktop Entry"]["Exec"].endswith("autosyncd --init")
    monkeypatch.setattr(service, "SYSTEMD", tmp_path)
    [session] = await check_service(house(INVOCATION_ID="x"))
    assert session.hint == "to have it run without a login: `loginctl enable-linger`"
    (tmp_path / "linger").mkdir()
    (tmp_path / "linger" / getpass.getuser()).touch()
    [lasting] = await check_service(house(INVOCATION_ID="x"))
    assert lasting.level == "ok"


async def test_named_repositories_say_nothing_of_the_machine(docs: Path) -> None:
    result = await examine(replace(house(entry(docs)), everything=False))
    assert {finding.repository for finding in result.findings} == {"docs"}


@pytest.mark.parametrize(
    ("shift", "words"), [(0, None), (-86400 * 3, "ahead of"), (7300, "behind")]
)
async def test_the_clock_of_a_web_server(docs: Path, shift: int, words: str | None) -> None:
    """Whatever it answers, it says when."""
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + shift))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 404 No\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        git(docs, "remote", "set-url", "origin", f"http://127.0.0.1:{port}/x.git")
        [finding] = await check_clock(await opened(docs))
    if words is None:
        assert finding.level == "ok"
    else:
        assert finding.level == "problem"
        assert words in finding.message
        assert "timedatectl set-ntp true" in (finding.hint or "")
