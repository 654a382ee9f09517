"""What git, ssh and servers say, and what it means: no remote is needed for that."""

import pytest

from autosyncd.errors import (
    AutosyncError,
    OfflineError,
    RejectedError,
    RemoteNeedsUserError,
    RetryError,
)
from autosyncd.process import Finished
from autosyncd.vcs.git.remote import fetch_failure, is_local, main_line, push_failure, unreachable
from autosyncd.vcs.git.settings import parse_config
from autosyncd.vcs.git.transfer import ssh_command
from autosyncd.vcs.git.upstream import Upstream

ORIGIN = Upstream("origin", "main")
READ = "fatal: Could not read from remote repository.\n"
RIGHTS = "\nPlease make sure you have the correct access rights\nand the repository exists.\n"

FAILURES: list[tuple[str, type[AutosyncError]]] = [
    ("ssh: Could not resolve hostname x: Name or service not known\n" + READ, OfflineError),
    ("ssh: connect to host x port 22: Connection refused\n" + READ + RIGHTS, OfflineError),
    ("ssh: connect to host x port 22: Connection timed out\n" + READ, OfflineError),
    ("fatal: unable to access 'https://x/': Could not resolve host: x", OfflineError),
    ("fatal: unable to access 'https://x/': Failed to connect to x port 443", OfflineError),
    ("error: RPC failed; HTTP 502 curl 22 The requested URL returned error: 502", OfflineError),
    ("fatal: early EOF", OfflineError),
    ("something nobody has ever seen", OfflineError),
    ("", OfflineError),
    ("git@x: Permission denied (publickey).\n" + READ + RIGHTS, RemoteNeedsUserError),
    ("Host key verification failed.\n" + READ, RemoteNeedsUserError),
    ("fatal: Authentication failed for 'https://x/'", RemoteNeedsUserError),
    ("fatal: could not read Username for 'https://x': disabled", RemoteNeedsUserError),
    ("ERROR: Repository not found.\n" + READ + RIGHTS, RemoteNeedsUserError),
    ("fatal: '/x' does not appear to be a git repository\n" + READ, RemoteNeedsUserError),
    ("error: cannot lock ref 'r': Unable to create 'r.lock': File exists.", RetryError),
    ("error: cannot lock ref 'r/a/b': 'r/a' exists; cannot create 'r/a/b'", RemoteNeedsUserError),
]


@pytest.mark.parametrize(("said", "kind"), FAILURES)
def test_every_failure_has_its_kind_and_a_readable_reason(
    said: str, kind: type[AutosyncError]
) -> None:
    problem = fetch_failure(Finished(128, b"", said.encode()), ORIGIN, "host:repository")
    assert type(problem) is kind
    assert "origin" in problem.message or "host:repository" in problem.message
    assert "access rights" not in problem.message
    pushed = push_failure(Finished(128, b"", said.encode()), ORIGIN, "host:repository")
    assert type(pushed) is kind


LINES: list[tuple[str, type[AutosyncError] | None]] = [
    (" \tabc:refs/heads/main\tabc..def", None),
    ("*\tabc:refs/heads/main\t[new branch]", None),
    ("=\tabc:refs/heads/main\t[up to date]", None),
    ("!\tabc:refs/heads/main\t[rejected] (fetch first)", RejectedError),
    ("!\tabc:refs/heads/main\t[rejected] (non-fast-forward)", RejectedError),
    ("!\tabc:refs/heads/main\t[remote rejected] (failed to update ref)", RejectedError),
    ("!\tabc:refs/heads/main\t[remote rejected] (cannot lock ref 'x': is at)", RejectedError),
    ("!\tabc:refs/heads/main\t[remote rejected] (pre-receive hook declined)", RemoteNeedsUserError),
    ("!\tabc:refs/heads/main\t[remote rejected] (protected branch)", RemoteNeedsUserError),
    (
        "!\tabc:refs/heads/main\t[remote rejected] (branch is currently checked out)",
        RemoteNeedsUserError,
    ),
    ("!\tabc:refs/heads/main\t[remote failure] (remote failed to report status)", OfflineError),
]


@pytest.mark.parametrize(("line", "kind"), LINES)
def test_the_line_of_a_push_decides_not_the_exit_code(
    line: str, kind: type[AutosyncError] | None
) -> None:
    out = f"To host:x\n{line}\nDone\n".encode()
    for code in (0, 1):
        problem = push_failure(Finished(code, out, b"error: failed to push some refs"), ORIGIN, "")
        assert problem is None if kind is None else type(problem) is kind


def test_a_push_without_an_answer_is_not_taken_for_a_success() -> None:
    assert isinstance(push_failure(Finished(0, b"", b""), ORIGIN, ""), OfflineError)
    other = b"To x\n*\tabc:refs/heads/other\t[new branch]\nDone\n"
    assert isinstance(push_failure(Finished(0, other, b""), ORIGIN, ""), OfflineError)


def test_the_server_s_words_are_quoted() -> None:
    out = b"!\tabc:refs/heads/main\t[remote rejected] (pre-receive hook declined)\n"
    said = b"remote: GH001: Large files\nremote: \nremote: big.bin is 120 MB\nerror: failed"
    problem = push_failure(Finished(1, out, said), ORIGIN, "")
    assert problem is not None
    assert "GH001: Large files big.bin is 120 MB" in problem.message


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("/srv/x.git", True),
        ("../x.git", True),
        ("file:///x", True),
        ("./a:b", True),
        ("host:x.git", False),
        ("me@host:x", False),
        ("ssh://host/x", False),
        ("https://host/x", False),
    ],
)
def test_paths_are_told_from_hosts(url: str, local: bool) -> None:
    assert is_local(url) is local


def test_the_line_that_says_the_most_is_shown() -> None:
    assert main_line("ssh: no route\n" + READ + RIGHTS) == "ssh: no route"
    assert main_line(READ + RIGHTS) == "Could not read from remote repository."
    assert main_line("hint: x\nfatal: y") == "y"
    assert main_line("") == "it did not say why"


def test_the_ssh_of_the_user_is_kept_and_other_programs_get_no_options() -> None:
    none, own = parse_config(b""), parse_config(b"core.sshcommand\nssh -i k\0")
    assert str(ssh_command({}, none)).startswith("ssh -oBatchMode=yes")
    assert str(ssh_command({}, own)).startswith("ssh -i k -oBatchMode=yes")
    assert str(ssh_command({"GIT_SSH_COMMAND": "wrap"}, own)).startswith("wrap -oBatchMode")
    assert str(ssh_command({"GIT_SSH": "/my ssh"}, none)).startswith("'/my ssh' -oBatchMode")
    assert ssh_command({"GIT_SSH": "plink.exe"}, none) is None
    assert ssh_command({"GIT_SSH_VARIANT": "simple"}, none) is None


def test_a_repository_that_is_missing_on_the_web_is_no_server_that_is_away() -> None:
    missing = Finished(128, b"", b"fatal: repository 'https://host/x/' not found")
    problem = fetch_failure(missing, ORIGIN, "https://host/x")
    assert isinstance(problem, RemoteNeedsUserError)
    assert str(problem.hint).endswith("`git remote set-url origin URL`")
    taken = Finished(1, b"", b"error: cannot lock ref 'x': 'x/y' exists; cannot create 'x'")
    hint = str(fetch_failure(taken, ORIGIN, "https://host/x").hint)
    assert hint.endswith("`git remote prune origin`")


def test_no_password_of_a_url_is_repeated() -> None:
    url = "https://me:s3cret@host/docs.git"
    said = f"fatal: unable to access '{url}/': Failed to connect to host port 443"
    for complaint in (said, f"fatal: repository '{url}/' not found\nfatal: Repository not found"):
        error = unreachable(complaint, "fetch from origin", url)
        assert "s3cret" not in error.line()
        assert "me@host" in error.line()
