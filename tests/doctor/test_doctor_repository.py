"""What keeps one repository from syncing, provoked for real."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autosyncd.doctor import large_files
from autosyncd.doctor.examination import examine
from autosyncd.doctor.large_files import MIB, check_large_files
from autosyncd.watch import filesystem
from tests.doctor.conftest import entry, git, house, opened, problems


def everything(folder: Path) -> dict[str, tuple[int, int]]:
    """Every path below, with size and time of writing."""
    paths = (Path(here, name) for here, dirs, files in os.walk(folder) for name in [*dirs, *files])
    return {str(path): (path.lstat().st_size, path.lstat().st_mtime_ns) for path in paths}


async def test_one_that_is_in_order_takes_one_line_and_is_not_touched(docs: Path) -> None:
    git(docs, "config", "commit.gpgsign", "true")
    _sign_by_ssh(docs)
    before = everything(docs.parent)
    result = await examine(house(entry(docs)))
    assert everything(docs.parent) == before
    assert result.ok
    [only] = [finding for finding in result.findings if finding.repository]
    assert only.level == "ok"
    assert only.message.startswith("is idle; origin answers (")
    assert "commits can be signed" in only.message


async def test_no_identity(docs: Path, home: Path) -> None:
    (home / ".gitconfig").write_text("")
    said = await problems(docs)
    assert "git does not know who you are" in said
    assert "git config --global user.name" in said


async def test_a_remote_that_is_gone(docs: Path, remote: Path) -> None:
    shutil.rmtree(remote)
    said = await problems(docs)
    problem = f"problem: there is no git repository at {remote}; is a disk not mounted? Else: "
    assert problem in said
    typed(said.partition(problem)[2])
    assert await problems(docs) == ""


async def test_no_remote_at_all_is_a_note_unless_none_is_wanted(docs: Path) -> None:
    git(docs, "remote", "remove", "origin")
    assert f"autosyncctl add {docs} --remote URL" in await problems(docs)
    assert await problems(docs, sync="commit") == ""


async def test_a_folder_that_is_no_repository(docs: Path) -> None:
    shutil.rmtree(docs / ".git")
    result = await examine(house(entry(docs, vcs="git")))
    said = [finding.hint for finding in result.findings if finding.level == "problem"]
    assert said == [f"`git init {docs}`"]
    assert not result.ok
    typed(str(said[0]))
    assert (await examine(house(entry(docs, vcs="git")))).ok


async def test_a_hook_that_git_passes_by_and_one_whose_program_is_missing(docs: Path) -> None:
    hook = docs / ".git" / "hooks" / "pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/usr/bin/env no-such-program\n")
    hook.chmod(0o644)
    said = await problems(docs)
    assert (
        f"note: the pre-push hook is not executable, and git passes it by; `chmod +x {hook}`"
        in said
    )
    hook.chmod(0o755)
    said = await problems(docs)
    assert "problem: the pre-push hook can't run: there is no no-such-program" in said
    assert await problems(docs, sync="pull") == ""
    typed(said.partition("switch the hook off: ")[2])
    assert "problem" not in await problems(docs)
    hook.write_text("#!/bin/sh\nexit 0\n")
    typed(f"`chmod +x {hook}`")
    assert await problems(docs) == ""


async def test_hooks_for_commits_count_only_if_they_run(docs: Path) -> None:
    git(docs, "config", "core.hooksPath", "hooks")
    hook = docs / "hooks" / "pre-commit"
    hook.parent.mkdir()
    hook.write_text("#!/no/such/interpreter\n")
    hook.chmod(0o755)
    assert await problems(docs) == ""
    assert "/no/such/interpreter" in await problems(docs, commit_hooks=True)


async def test_files_of_lfs_without_git_lfs(docs: Path, tmp_path: Path) -> None:
    (docs / ".gitattributes").write_text("*.psd filter=lfs diff=lfs merge=lfs -text\n")
    git(docs, "add", ".gitattributes")
    bare = tmp_path / "bin"
    bare.mkdir()
    for name in ("git", "sh"):
        (bare / name).symlink_to(shutil.which(name) or name)
    assert "finds no git-lfs" in await problems(docs, {"PATH": str(bare)})


async def test_commits_that_cannot_be_signed(docs: Path, tmp_path: Path) -> None:
    git(docs, "config", "commit.gpgsign", "true")
    git(docs, "config", "user.signingkey", "0123456789ABCDEF0123456789ABCDEF01234567")
    (tmp_path / "gnupg").mkdir(mode=0o700)
    said = await problems(docs, {"GNUPGHOME": str(tmp_path / "gnupg")})
    assert "problem: cannot sign the commit" in said
    assert git(docs, "count-objects", "-v").splitlines()[0] == "count: 3"
    _sign_by_ssh(docs)
    assert await problems(docs) == ""
    (docs.parent / "signing").unlink()
    assert "cannot sign the commit" in await problems(docs)


def _sign_by_ssh(docs: Path) -> None:
    key = docs.parent / "signing"
    if not key.exists():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    git(docs, "config", "gpg.format", "ssh")
    git(docs, "config", "user.signingkey", str(key))


def typed(commands: str) -> None:
    """Do what a finding says, as somebody types it who is anywhere."""
    command = commands.partition("`")[2].partition("`")[0]
    subprocess.run(["sh", "-c", command], cwd="/", check=True, capture_output=True)


@pytest.mark.parametrize(
    ("url", "size"),
    [
        ("git@github.com:me/docs.git", "104MB"),
        ("ssh://git@ssh.github.com:443/me/docs.git", "104MB"),
        ("https://gitlab.com/me/docs.git", "104MB"),
        ("git@bitbucket.org:me/docs.git", "100MB"),
    ],
)
async def test_what_a_host_takes_of_a_file_is_compared_with_the_settings(
    docs: Path, url: str, size: str
) -> None:
    git(docs, "remote", "set-url", "origin", url)
    assert await check_large_files(await opened(docs)) == ()
    [finding] = await check_large_files(await opened(docs, max_file_size=0))
    assert finding.level == "note"
    assert finding.hint == f"`autosyncctl add {docs} --set max_file_size={size}`"


async def test_what_a_host_takes_as_a_whole_is_compared_with_what_is_stored(
    docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(docs, "remote", "set-url", "origin", "https://codeberg.org/me/docs.git")
    assert await check_large_files(await opened(docs, max_file_size=0)) == ()
    monkeypatch.setitem(large_files.LIMITS, "codeberg.org", large_files.Limit(whole=3 * MIB))
    (docs / "noise").write_bytes(os.urandom(3 * MIB))
    git(docs, "add", "-A")
    [finding] = await check_large_files(await opened(docs, max_file_size=0))
    assert finding.message == "codeberg.org takes 3 MiB of a repository, and this one has 3 MB"
    typed(str(finding.hint))


async def test_files_that_a_host_would_not_take_again_can_be_given_to_lfs(docs: Path) -> None:
    git(docs, "remote", "set-url", "origin", "git@github.com:me/docs.git")
    with (docs / "-video").open("wb") as large:
        large.truncate(101 * MIB)
    git(docs, "-c", "core.bigFileThreshold=1m", "add", "-A")
    git(docs, "commit", "-q", "-m", "large")
    [finding] = await check_large_files(await opened(docs))
    assert "larger ones are committed: -video" in finding.message
    if shutil.which("git-lfs") or os.environ.get("CI"):
        typed(str(finding.hint))
        assert (docs / ".gitattributes").read_text().startswith("-video filter=lfs")


@pytest.mark.parametrize(("watch", "level"), [("auto", "note"), ("inotify", "problem")])
async def test_a_network_file_system(
    docs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, watch: str, level: str
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"1 0 0:1 / / rw - ext4 x rw\n2 1 0:2 / {docs} rw - nfs4 server:/x rw\n")
    monkeypatch.setattr(filesystem, "MOUNTINFO", mounts)
    assert f"{level}: it is on nfs4" in await problems(docs, watch=watch)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
@pytest.mark.parametrize(
    ("kind", "words"),
    [("full", "is full"), ("readonly", "is read-only"), ("inodes", "further files")],
)
def test_a_disk_that_takes_no_more(tmp_path: Path, kind: str, words: str) -> None:
    folder = tmp_path / "My Disk"
    folder.mkdir()
    finished = subprocess.run(
        ["unshare", "--mount", sys.executable, "-m", "tests.doctor.on_disk", str(folder), kind],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert finished.returncode == 0, finished.stderr
    assert words in finished.stdout
    assert kind != "readonly" or "is read-only" not in finished.stdout.partition("then:")[2]
