"""What git knows of the deletions of a look: how many there were, and what was only moved."""

from pathlib import Path

from autosyncd.core.brake import Deletions, waits
from autosyncd.vcs.git.repository import GitRepository
from tests.vcs.git.git_world import commit_by_hand, git, make, opened, settled

HALF = 0.5


def many(folder: Path, number: int = 40) -> Path:
    files = {f"many__{count}": f"content {count}\n" for count in range(number)}
    return make(folder, keep="kept\n", **files)


async def weighed(repository: GitRepository) -> Deletions:
    return await repository.deletions(await settled(repository), HALF)


def waiting(deletions: Deletions) -> bool:
    return waits(deletions, HALF, frozenset())


async def test_deletions_are_counted_against_what_was_there(tmp_path: Path) -> None:
    tree = many(tmp_path / "tree")
    repository = await opened(tree)
    for number in range(30):
        (tree / "many" / f"{number}").unlink()
    assert await weighed(repository) == Deletions(
        frozenset(b"many/%d" % number for number in range(30)), 41
    )


async def test_deletions_that_are_staged_by_hand_count_with_the_others(tmp_path: Path) -> None:
    tree = many(tmp_path / "tree")
    repository = await opened(tree)
    git(tree, "rm", "-q", *(f"many/{number}" for number in range(15)))
    for number in range(15, 30):
        (tree / "many" / f"{number}").unlink()
    found = await weighed(repository)
    assert (len(found.gone), found.tracked) == (30, 41)


async def test_the_same_content_at_new_paths_is_a_move_once_for_each_copy(tmp_path: Path) -> None:
    tree = make(tmp_path / "tree", **{f"many__{count}": "the same\n" for count in range(30)})
    repository = await opened(tree)
    (tree / "many").rename(tree / "moved")
    assert not (await weighed(repository)).gone
    for number in range(25):
        (tree / "moved" / f"{number}").unlink()
    found = await weighed(repository)
    assert len(found.gone) == 25
    assert waiting(found)


async def test_other_content_at_new_paths_is_no_move(tmp_path: Path) -> None:
    tree = many(tmp_path / "tree")
    repository = await opened(tree)
    (tree / "many").rename(tree / "moved")
    for number in range(40):
        (tree / "moved" / f"{number}").write_text("overwritten")
    assert len((await weighed(repository)).gone) == 40


async def test_looking_for_moves_leaves_the_index_and_nothing_else_behind(tmp_path: Path) -> None:
    tree = many(tmp_path / "tree")
    repository = await opened(tree)
    before = (tree / ".git" / "index").read_bytes()
    (tree / "many").rename(tree / "moved")
    await weighed(repository)
    assert (tree / ".git" / "index").read_bytes() == before
    assert not list((tree / ".git" / "autosync").glob("deletions.index*"))


async def test_only_the_watched_folder_counts(tmp_path: Path) -> None:
    tree = many(tmp_path / "tree")
    commit_by_hand(tree, sub__one="1", sub__two="2")
    repository = await opened(tree / "sub")
    (tree / "sub" / "one").unlink()
    assert not waiting(await weighed(repository))
    (tree / "sub" / "two").unlink()
    found = await weighed(repository)
    assert (len(found.gone), found.tracked) == (2, 2)
    assert waiting(found)


async def test_what_a_sparse_checkout_leaves_out_does_not_count(tmp_path: Path) -> None:
    tree = many(tmp_path / "tree")
    commit_by_hand(tree, **{f"here__{count}": f"{count}" for count in range(30)})
    git(tree, "sparse-checkout", "set", "here")
    repository = await opened(tree)
    for number in range(30):
        (tree / "here" / f"{number}").unlink()
    found = await weighed(repository)
    assert (len(found.gone), found.tracked) == (30, 31)


async def test_few_deletions_cost_no_command(tmp_path: Path) -> None:
    tree = many(tmp_path / "tree")
    repository = await opened(tree)
    (tree / "keep").unlink()
    look = await settled(repository)
    repository._git = None  # type: ignore[assignment]  # whoever uses it now, fails
    assert not waiting(await repository.deletions(look, HALF))


async def test_moved_files_with_line_ends_that_git_converts_are_moved(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    make(tree, _attributes="x")
    (tree / ".gitattributes").write_text("*.txt text eol=crlf\n")
    (tree / "many").mkdir()
    for number in range(30):
        (tree / "many" / f"{number}.txt").write_bytes(b"line %d\r\n" % number)
    commit_by_hand(tree)
    repository = await opened(tree)
    (tree / "many").rename(tree / "moved")
    assert not (await weighed(repository)).gone
