"""A file that the server refuses for its size holds up nothing but itself."""

from pathlib import Path

from autosyncd.api.events import Held, Problem, Pushed
from tests.daemon.house import House, git, house, quick
from tests.vcs.git.size_limit import big, limit_sizes


def names(folder: Path, treeish: str = "main") -> set[str]:
    return set(git(folder, "ls-tree", "-r", "--name-only", treeish).splitlines())


def why_held(home: House) -> dict[str, str]:
    return {one.path: one.why for one in home.daemon.held(None).held}


async def in_step(home: House) -> None:
    [done] = (await home.daemon.sync(["docs"], wait=True)).repositories
    assert (done.ok, done.error) == (True, None)


async def test_the_rest_goes_out_by_itself_and_the_file_is_held(
    tmp_path: Path, remote: Path, clone: Path
) -> None:
    limit_sizes(remote)
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        (clone / "film").write_bytes(big())
        (clone / "note").write_text("goes out\n")
        await home.until(lambda: "note" in names(remote))
        await home.until_state("docs", "idle")
        assert names(remote) == names(clone, "HEAD") == {"note", "readme"}
        assert (clone / "film").read_bytes() == big()
        assert "the remote refuses it for its size" in why_held(home)["film"]
        assert [event for event in home.events if isinstance(event, Held) and event.path == "film"]
        [hint] = [one.hint or "" for one in home.daemon.held(None).held]
        assert "autosyncctl approve docs film" in hint
        assert not home.of_kind(Problem)
        (clone / "note").write_text("goes out again\n")
        await home.until(lambda: git(remote, "show", "main:note") == "goes out again")
    async with house(tmp_path, [quick(clone)]) as home:
        await in_step(home)
        assert list(why_held(home)) == ["film"], "also after a restart"
        (clone / "film").write_text("short\n")
        await home.until(lambda: "film" in names(remote))
        assert not why_held(home)


async def test_an_approval_offers_it_once_more(tmp_path: Path, remote: Path, clone: Path) -> None:
    limit_sizes(remote)
    async with house(tmp_path, [quick(clone)]) as home:
        await home.until_state("docs", "idle")
        (clone / "film").write_bytes(big())
        await home.until(lambda: "film" in why_held(home))
        await in_step(home)
        await home.daemon.approve("docs", ["film"])
        await home.until(lambda: not why_held(home))
        await home.until(lambda: "film" in why_held(home))
        await in_step(home)
        assert names(remote) == {"readme"}
        (remote / "hooks" / "pre-receive").unlink()
        await home.daemon.approve("docs", ["film"])
        await home.until(lambda: "film" in names(remote))
        await in_step(home)
        assert not why_held(home)
        assert len(home.of_kind(Pushed)) == 1
