"""git, as the backends' contract tests it."""

from collections.abc import Mapping
from pathlib import Path

from autosyncd.vcs.base import Backend
from autosyncd.vcs.git.backend import GitBackend
from tests.vcs.contract.subject import Can, write_files
from tests.vcs.git.git_world import git, status


class GitSubject:
    """The real git."""

    name = "git"
    tools = ("git",)
    quick = True
    can = Can()

    def backend(self) -> Backend:
        return GitBackend()

    def share(self, place: Path, files: Mapping[bytes, bytes]) -> str:
        remote = place / "shared.git"
        git(place, "init", "-q", "--bare", remote)
        if files:
            seed = place / "seed"
            self.check_out(str(remote), seed)
            write_files(seed, files)
            self.publish(seed)
        return str(remote)

    def check_out(self, address: str, folder: Path) -> None:
        git(folder.parent, "clone", "-q", address, folder)

    def publish(self, folder: Path) -> None:
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", "by hand")
        git(folder, "push", "-q", "origin", "HEAD:main")

    def unplug(self, address: str) -> None:
        Path(address).rename(address + ".unplugged")

    def ignore(self, folder: Path, name: str) -> None:
        info = folder / ".git" / "info"
        info.mkdir(exist_ok=True)
        (info / "exclude").write_text(f"/{name}\n")

    def unfinished(self, folder: Path) -> str:
        return "MERGE_HEAD" if (folder / ".git" / "MERGE_HEAD").exists() else status(folder)
