"""What is held in a daemon inside a test, and many files to be deleted."""

from pathlib import Path

from tests.daemon.house import House, git

MANY = 40


def in_head(folder: Path) -> set[str]:
    """The files of its last commit."""
    return set(git(folder, "ls-tree", "-r", "--name-only", "HEAD").splitlines())


def filled(folder: Path, number: int = MANY, below: str = "many") -> Path:
    """A folder of committed and pushed files."""
    inside = folder / below
    inside.mkdir(parents=True, exist_ok=True)
    for count in range(number):
        (inside / f"{count}").write_text(f"content {count}\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "many")
    git(folder, "push", "-q")
    return inside


def delete(inside: Path, numbers: range) -> None:
    """Some of those files."""
    for number in numbers:
        (inside / f"{number}").unlink()


def paths_held(home: House) -> dict[str, str]:
    """All that is held, and why."""
    return {one.path: one.why for one in home.daemon.held(None).held}


def status_of(home: House) -> tuple[str, int, str]:
    """State, number of what is held, and reason, of the one repository."""
    one = home.daemon.status(None).repositories[0]
    return one.state, one.held, one.reason or ""
