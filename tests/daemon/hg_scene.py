"""A watched Mercurial working copy, the user of it, and a daemon inside the test."""

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from autosyncd.vcs.hg.backend import HgBackend
from tests.daemon.house import House, house, quick
from tests.vcs.hg.conftest import FIRST, SUBJECT
from tests.vcs.hg.hg_user import HgUser

OWN = tuple(f"extensions.{name}=" for name in ("rebase", "histedit", "shelve", "strip"))


@dataclass(frozen=True, slots=True)
class Scene:
    """A shared repository and a clone of it, with their user."""

    folder: Path
    shared: Path
    docs: Path
    hg: HgUser
    hg_shared: HgUser

    def there(self) -> str:
        """The files of the newest commit that the others have."""
        return self.hg_shared("manifest", "-r", "default")

    def look(self) -> tuple[str, ...]:
        """All that a user sees of where the working copy stands."""
        return (
            self.hg("status", "-A"),
            self.hg("log", "-T", "{node} {phase} {bookmarks}\n"),
            self.hg("parents", "-T", "{node}\n"),
            *(p.name for p in sorted((self.docs / ".hg").iterdir()) if "state" in p.name),
        )


@contextmanager
def scene_in(tmp_path: Path) -> Iterator[Scene]:
    """Both have the files of FIRST."""
    address = SUBJECT.share(tmp_path, FIRST)
    SUBJECT.check_out(address, tmp_path / "docs")
    with HgUser(tmp_path / "docs", *OWN) as mine, HgUser(Path(address)) as theirs:
        yield Scene(tmp_path, Path(address), tmp_path / "docs", mine, theirs)


def reason(home: House) -> str:
    return home.daemon.status(["docs"]).repositories[0].reason or ""


async def blocked(home: House, why: str) -> None:
    """It says what is wrong, and what to do."""
    try:
        await home.until(lambda: home.state("docs") == "blocked" and why in reason(home))
    except TimeoutError:
        state = home.daemon.status(["docs"]).repositories[0]
        raise AssertionError(f"{why} is not told, but {state}") from None
    assert "; " in reason(home), "no cure"


async def works_again(home: House, scene: Scene) -> None:
    """A change goes through to the others."""
    (scene.docs / "after").write_text("after\n")
    await home.daemon.sync(["docs"], wait=True)
    await home.until(lambda: "after" in scene.there())
    await home.until_state("docs", "idle")


def served(scene: Scene, **changes: object) -> AbstractAsyncContextManager[House]:
    """A daemon that watches it."""
    return house(scene.folder, [quick(scene.docs, **changes)], (HgBackend(),))
