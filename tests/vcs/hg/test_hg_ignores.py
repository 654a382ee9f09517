"""What Mercurial ignores is not watched, by its own rules; what is tracked all the same is."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from autosyncd.watch.inotify import Inotify
from autosyncd.worker.opening import follow_rules
from tests.vcs.contract.copies import Copy, open_copy
from tests.vcs.hg.conftest import SUBJECT, Pair
from tests.vcs.hg.hg_world import hg
from tests.watch.heard import Heard, Watching, a_target, until

FOLDERS = ("build/deep", "src/build", "src/out", "lib/out", "lib/cache", "lib/logs", "docs")


@pytest_asyncio.fixture
async def watching() -> AsyncIterator[Watching]:
    """Starts watches; all end with the test."""
    inotify = Inotify()
    yield Watching(inotify)
    inotify.close()


async def watched(copy: Copy, watching: Watching) -> Heard:
    repository = copy.repository
    target = a_target(
        copy.root,
        await repository.ignore_sources(),
        below=repository.below,
        control_dirs=repository.control_dirs,
        control_event=repository.control_event,
    )
    return await watching.hear(target)


def folders(heard: Heard) -> set[str]:
    """The folders that are watched."""
    assert heard.tree is not None
    found, waiting = set(), [heard.tree.top]
    while waiting:
        node = waiting.pop()
        found.add((node.path() or b"").decode())
        waiting += (node.children or {}).values()
    return found


async def follows(copy: Copy, heard: Heard, until_true: Callable[[], bool]) -> None:
    """Do what a worker does after each hint, until something holds."""
    assert heard.tree is not None
    tree = heard.tree

    async def turn() -> None:
        await follow_rules(copy.repository, tree)

    async def wait() -> None:
        while not until_true():
            await until(lambda: copy.repository.ignores_changed() or until_true(), 60)
            await turn()

    await wait()


@pytest.fixture
def tree(pair: Pair) -> Copy:
    """A working copy with some folders, and a rule file of each kind."""
    root = pair.mine.root
    for folder in FOLDERS:
        (root / folder).mkdir(parents=True)
    (root / ".hgignore").write_text(
        "syntax: glob\nbuild\n# nothing\nsyntax: regexp\n^lib/c\nsubinclude:src/rules\n"
        "rootglob:docs/[a-c]*\ninclude:more\n"
    )
    (root / "src" / "rules").write_text("^out$\n")
    (root / "more").write_text("\\.log$\n/logs$\n")
    return pair.mine


async def test_what_mercurial_ignores_is_not_watched(tree: Copy, watching: Watching) -> None:
    heard = await watched(tree, watching)
    assert folders(heard) == {"", "src", "lib", "lib/out", "docs", "sub"}
    for name in ("docs/a.txt", "docs/z.txt", "x.log", "lib/c.txt", "lib/out/y"):
        (tree.root / name).write_text("x")
    await heard.hears(b"docs/z.txt", b"lib/out/y")
    await heard.calm()
    assert heard.paths == {b"docs/z.txt", b"lib/out/y"}
    unknown = hg(tree.root, "status", "-un").split()
    assert {path for path in unknown if path in heard.paths} == heard.paths


@pytest.mark.parametrize(
    ("name", "folder"),
    [(".hgignore", "lib/cache"), ("src/rules", "src/out"), ("more", "lib/logs")],
)
async def test_a_changed_rule_file_takes_effect_at_once(
    tree: Copy, watching: Watching, name: str, folder: str
) -> None:
    heard = await watched(tree, watching)
    file, note = tree.root / name, f"{folder}/note"
    before, rules = folders(heard), file.read_text()
    assert folder not in before
    (tree.root / note).write_text("x")
    file.write_text("# nothing\n")
    await follows(tree, heard, lambda: folder in folders(heard) and heard.everything)
    assert note.encode() in hg(tree.root, "status", "-un").split()
    file.write_text(rules)
    await follows(tree, heard, lambda: folders(heard) == before)


async def test_rules_that_the_settings_name_count(
    tree: Copy, watching: Watching, tmp_path: Path
) -> None:
    heard = await watched(tree, watching)
    with (tree.root / ".hg" / "hgrc").open("a") as hgrc:
        hgrc.write(f"[ui]\nignore = {tmp_path}/one\nignore.two = {tmp_path}/two\n")
    await follows(tree, heard, lambda: heard.control > 0 and not tree.repository.ignores_changed())
    (tmp_path / "one").write_text("^docs\n")
    await follows(tree, heard, lambda: "docs" not in folders(heard))
    (tmp_path / "two").write_text("^lib$\n")
    await follows(tree, heard, lambda: "lib" not in folders(heard))
    (tmp_path / "one").unlink()
    await follows(tree, heard, lambda: "docs" in folders(heard))
    assert "lib" not in folders(heard)


async def test_what_is_tracked_is_heard_of_although_rules_cover_it(
    tree: Copy, pair: Pair, watching: Watching
) -> None:
    (tree.root / "build" / "deep" / "kept").write_text("x")
    hg(tree.root, "add", "-q", "build/deep/kept")
    heard = await watched(tree, watching)
    assert {"build", "build/deep"} <= folders(heard)
    (tree.root / "src" / "build" / "added").write_text("x")
    hg(tree.root, "add", "-q", "src/build/added")
    await follows(tree, heard, lambda: "src/build" in folders(heard))
    pair.theirs.write({b"lib/cache/theirs": b"t\n"})
    await pair.theirs.sync()
    await tree.sync()
    await follows(tree, heard, lambda: "lib/cache" in folders(heard))
    await heard.calm()
    heard.hints.clear()
    for name in ("build/deep/kept", "src/build/added", "lib/cache/theirs", "build/not", "docs/z"):
        (tree.root / name).write_text("new")
    kept = (b"build/deep/kept", b"src/build/added", b"lib/cache/theirs", b"docs/z")
    await heard.hears(*kept)
    await heard.calm()
    assert heard.paths == set(kept)


async def test_the_configurations_rules_and_mercurials_both_count(
    tree: Copy, pair: Pair, watching: Watching
) -> None:
    (tree.root / "src" / "keep.tmp").write_text("x")
    hg(tree.root, "add", "-q", "src/keep.tmp")
    only = await open_copy(SUBJECT, tree.root / "src", ignore=("*.tmp", "!build", "/gen"))
    (tree.root / "src" / "gen").mkdir()
    heard = await watched(only, watching)
    assert folders(heard) == {"src"}
    for name in ("src/keep.tmp", "src/new.tmp", "src/new", "src/gen/x", "src/build/x"):
        (tree.root / name).write_text("new")
    await heard.hears(b"src/keep.tmp", b"src/new")
    await heard.calm()
    assert heard.paths == {b"src/keep.tmp", b"src/new"}
    assert pair.mine is tree


async def test_rules_that_are_wrong_hide_nothing(tree: Copy, watching: Watching) -> None:
    heard = await watched(tree, watching)
    (tree.root / ".hgignore").write_text("^docs\n(((\n")
    await follows(tree, heard, lambda: "build" in folders(heard))
    (tree.root / ".hgignore").write_text("(s(u)*b)*$\n^docs\ninclude:.hgignore\n")
    await follows(tree, heard, lambda: not tree.repository.ignores_changed())
    (tree.root / ".hgignore").write_text("(s(u)*b)*$\n^docs\n")
    await follows(tree, heard, lambda: "docs" not in folders(heard))
    assert "sub" in folders(heard)
