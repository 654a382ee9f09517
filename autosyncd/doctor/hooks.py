"""Whether the hooks that will run can run: executable, and with all they need in the PATH.

They are not run: a hook may do anything. What one says when it refuses is in the state.
"""

import os
import shlex
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from autosyncd.api.types import Finding
from autosyncd.doctor.subject import Subject

FOR_COMMITS = ("pre-commit", "commit-msg")
FOR_PUSHES = ("pre-push",)


async def check_hooks(subject: Subject) -> Sequence[Finding]:
    """Look at each hook, and at git-lfs if files are kept by it."""
    finished = await subject.git.run("rev-parse", "--git-path", "hooks", hooks=True)
    hooks = subject.layout.root / os.fsdecode(finished.stdout.rstrip(b"\n"))
    settings = subject.entry.settings
    names = (FOR_COMMITS if settings.commit_hooks else ()) + (FOR_PUSHES if settings.pushes else ())
    found = [finding for name in names for finding in _hook(subject, hooks / name)]
    return (*found, *await _lfs(subject))


def _hook(subject: Subject, file: Path) -> Iterator[Finding]:
    if not file.is_file():
        return
    word = shlex.quote(str(file))
    if not os.access(file, os.X_OK):
        yield subject.note(
            f"the {file.name} hook is not executable, and git passes it by",
            f"`chmod +x {word}`; or if it is not wanted: `rm {word}`",
        )
    elif program := _missing(file, subject.environment.get("PATH")):
        yield subject.problem(
            f"the {file.name} hook can't run: there is no {program} where autosyncd looks for it",
            f"install {program}, or put its folder into autosyncd's PATH, or switch the hook off: "
            f"`chmod -x {word}`",
        )


def _missing(file: Path, path: str | None) -> str | None:
    """The program that a script begins with, if it is not there (execve(2))."""
    with file.open("rb") as script:
        line = script.readline(512)
    if not line.startswith(b"#!"):
        return None
    words = os.fsdecode(line[2:].strip()).split()
    if not words:
        return None
    if Path(words[0]).name == "env":
        named = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
        words = named or words
    return None if shutil.which(words[0], path=path) else words[0]


async def _lfs(subject: Subject) -> tuple[Finding, ...]:
    if shutil.which("git-lfs", path=subject.environment.get("PATH")):
        return ()
    finished = await subject.git.run("grep", "-q", "--cached", "filter=lfs", "--", ".gitattributes")
    if finished.returncode:
        return ()
    return (
        subject.problem(
            "it keeps files by Git LFS, and autosyncd finds no git-lfs",
            "install it (for example: `sudo apt install git-lfs`), then: `git lfs install`",
        ),
    )
