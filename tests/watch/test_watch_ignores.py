"""What rules cover is neither watched nor hinted, and changed rules take effect at once."""

import asyncio
import os
import subprocess
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autosyncd.core.ignoring import BUILT_IN, IgnoreSources
from autosyncd.watch.inotify import Inotify
from tests.watch.heard import Heard, Watching, a_target, until

CONTROL = frozenset({b".git"})


async def test_ignored_folders_are_not_watched_and_ignored_files_not_hinted(
    root: Path, watching: Watching
) -> None:
    (root / "build" / "deep").mkdir(parents=True)
    (root / "src" / "build").mkdir(parents=True)
    (root / ".gitignore").write_text("build/\n*.log\n")
    heard = await watching.hear(a_target(root))
    assert heard.tree is not None
    assert heard.tree.count == 2
    (root / "noise.log").write_text("x")
    (root / "src" / "noise.log").write_text("x")
    (root / "build" / "out").write_text("x")
    (root / "src" / "build" / "new").mkdir()
    (root / "src" / "build").rename(root / "src" / "gone")
    await heard.hears(b"src/gone")
    await heard.calm()
    assert heard.paths == {b"src/gone"}


async def test_a_new_rule_ends_watching_at_once(root: Path, watching: Watching) -> None:
    (root / "a" / "build" / "deep").mkdir(parents=True)
    heard = await watching.hear(a_target(root))
    assert heard.tree is not None
    assert heard.tree.count == 4
    (root / "a" / ".gitignore").write_text("build\n")
    await until(lambda: heard.everything and heard.tree is not None and heard.tree.count == 2)
    heard.hints.clear()
    (root / "a" / "build" / "out").write_text("x")
    await heard.calm()
    assert heard.paths == set()


async def test_a_rule_that_goes_begins_watching_at_once(root: Path, watching: Watching) -> None:
    (root / "build" / "deep").mkdir(parents=True)
    (root / "build" / "deep" / "old").write_text("x")
    (root / ".gitignore").write_text("build\n")
    heard = await watching.hear(a_target(root))
    (root / ".gitignore").unlink()
    await until(lambda: heard.everything)
    await heard.hears(b"build/deep/old")
    (root / "build" / "deep" / "new").write_text("x")
    await heard.hears(b"build/deep/new")


async def test_rules_that_say_the_same_as_before_disturb_nobody(
    root: Path, watching: Watching
) -> None:
    (root / ".gitignore").write_text("build\n")
    heard = await watching.hear(a_target(root))
    (root / ".gitignore").touch()
    (root / "new").write_text("build\n")
    (root / "new").rename(root / ".gitignore")
    await heard.hears(b".gitignore")
    await heard.calm()
    assert not heard.everything


async def test_rule_files_outside_the_tree_take_effect_at_once(
    root: Path, watching: Watching, tmp_path: Path
) -> None:
    (root / "one").mkdir()
    (root / "two").mkdir()
    info, config = tmp_path / "info" / "exclude", tmp_path / "config" / "git" / "ignore"
    info.parent.mkdir()
    sources = IgnoreSources((config, info), b".gitignore", control=CONTROL)
    heard = await watching.hear(a_target(root, sources))
    assert heard.tree is not None
    assert heard.tree.count == 3
    info.write_text("/one\n")
    await until(lambda: heard.everything and heard.tree is not None and heard.tree.count == 2)
    config.parent.mkdir(parents=True)  # it did not even have a folder
    config.write_text("two\n")
    await until(lambda: heard.tree is not None and heard.tree.count == 1)
    info.write_text("!two\n")  # info/exclude wins
    await until(lambda: heard.tree is not None and heard.tree.count == 3)


async def test_a_rule_file_behind_a_link_is_watched_where_it_is(
    root: Path, watching: Watching, tmp_path: Path
) -> None:
    (root / "one").mkdir()
    real, link = tmp_path / "dotfiles" / "ignore", tmp_path / "config" / "ignore"
    real.parent.mkdir()
    link.parent.mkdir()
    real.write_text("")
    link.symlink_to(real)
    heard = await watching.hear(a_target(root, IgnoreSources((link,), b".gitignore")))
    real.write_text("one\n")
    await until(lambda: heard.tree is not None and heard.tree.count == 1)


async def test_the_rules_above_the_watched_folder_count(root: Path, watching: Watching) -> None:
    (root / "docs" / "a" / "out").mkdir(parents=True)
    (root / "docs" / "a" / "build").mkdir()
    (root / ".gitignore").write_text("build\n/docs/a/out\n")
    heard = await watching.hear(a_target(root, below=b"docs/a"))
    assert heard.tree is not None
    assert heard.tree.count == 1
    (root / "docs" / ".gitignore").write_text("!build\n")
    await until(lambda: heard.tree is not None and heard.tree.count == 2)
    (root / ".gitignore").write_text("")
    await until(lambda: heard.tree is not None and heard.tree.count == 3)


async def test_the_lines_of_the_configuration_win(root: Path, watching: Watching) -> None:
    (root / "docs" / "keep").mkdir(parents=True)
    (root / "docs" / "drop").mkdir()
    (root / "docs" / ".gitignore").write_text("keep\n!drop\n")
    sources = IgnoreSources(
        per_directory=b".gitignore", lines=(*BUILT_IN, "!/keep", "/drop"), base=b"docs"
    )
    heard = await watching.hear(a_target(root, sources, below=b"docs"))
    assert heard.tree is not None
    assert heard.tree.count == 2
    (root / "docs" / ".note.swp").touch()
    (root / "docs" / "keep" / "note").touch()
    await heard.hears(b"docs/keep/note")
    await heard.calm()
    assert heard.paths == {b"docs/keep/note"}


async def test_tracked_files_matter_although_rules_cover_them(
    root: Path, watching: Watching
) -> None:
    (root / "build" / "deep" / "other").mkdir(parents=True)
    (root / "build" / "side").mkdir()
    (root / ".gitignore").write_text("build/\n*.log\n")
    sources = IgnoreSources(
        per_directory=b".gitignore", kept=frozenset({b"build/deep/tracked", b"kept.log"})
    )
    heard = await watching.hear(a_target(root, sources))
    assert heard.tree is not None
    assert heard.tree.count == 3
    for name in ("build/deep/tracked", "build/deep/no", "build/no", "kept.log", "no.log"):
        (root / name).write_text("x")
    (root / "build" / "deep" / "other" / "no").write_text("x")
    await heard.calm()
    assert heard.paths == {b"build/deep/tracked", b"kept.log"}


async def test_a_repository_inside_is_nothing_of_ours(root: Path, watching: Watching) -> None:
    (root / ".git" / "objects").mkdir(parents=True)
    (root / "inner" / ".git").mkdir(parents=True)
    (root / "inner" / "src").mkdir()
    (root / "linked" / "src").mkdir(parents=True)
    (root / "linked" / ".git").write_text("gitdir: elsewhere")
    heard = await watching.hear(a_target(root))
    assert heard.tree is not None
    assert heard.tree.count == 1
    for name in ("inner/x", "inner/src/x", "linked/src/x", ".git/index", ".git/objects/x"):
        (root / name).write_text("x")
    await heard.calm()
    assert heard.paths == set()


async def test_a_folder_may_become_a_repository_and_cease_to_be_one(
    root: Path, watching: Watching
) -> None:
    (root / "inner" / "src").mkdir(parents=True)
    heard = await watching.hear(a_target(root))
    assert heard.tree is not None
    assert heard.tree.count == 3
    (root / "inner" / ".git").mkdir()
    await heard.hears(b"inner")
    await heard.calm()
    assert heard.tree.count == 1
    assert sum(b"inner" in (getattr(hint, "paths", None) or ()) for hint in heard.hints) == 1
    heard.hints.clear()
    (root / "inner" / "src" / "x").write_text("x")
    await heard.calm()
    assert heard.paths == set()
    (root / "inner" / ".git").rmdir()
    await heard.hears(b"inner", b"inner/src/x")
    assert heard.tree.count == 3


async def test_an_inner_repository_is_watched_by_its_own_watch(
    root: Path, watching: Watching
) -> None:
    (root / "inner" / ".git").mkdir(parents=True)
    (root / "inner" / "src").mkdir()
    outer = await watching.hear(a_target(root))
    inner = await watching.hear(a_target(root / "inner"))
    (root / "inner" / "src" / "x").write_text("x")
    await inner.hears(b"src/x")
    await outer.calm()
    assert outer.paths == set()
    assert outer.tree is not None
    outer.tree.close()
    (root / "inner" / "y").write_text("x")
    await inner.hears(b"y")


NAMES = ("a", "b", "ab", "a.b")
LINES = st.lists(
    st.sampled_from(
        [
            *("a", "b/", "/a", "!a", "a/b", "**/ab", "a/**", "*.b", "!*.b", "a*", "/*/b"),
            *("!/a/b", "*", "/ab/", "!b/", "a/*/b", "[ab]", "?b", "!*/"),
        ]
    ),
    max_size=3,
)


@given(top=LINES, inner=LINES, deep=LINES, exclude=LINES)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_watched_folders_are_those_git_does_not_ignore(
    top: list[str], inner: list[str], deep: list[str], exclude: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _repository(root)
        for place, lines in (("", top), ("a", inner), ("a/b", deep), (".git/info", exclude)):
            name = "exclude" if "git" in place else ".gitignore"
            (root / place / name).write_text("".join(line + "\n" for line in lines))
        asyncio.run(_agree(root))


def _repository(root: Path) -> None:
    subprocess.run(("git", "init", "--quiet", "--template=", str(root)), check=True)
    (root / ".git" / "info").mkdir()
    for one in NAMES:
        for two in NAMES:
            for three in ("ab", "b") if one == "a" else ():
                (root / one / two / three).mkdir(parents=True)
            (root / one / two).mkdir(parents=True, exist_ok=True)


async def _agree(root: Path) -> None:
    inotify = Inotify()
    try:
        sources = IgnoreSources((root / ".git/info/exclude",), b".gitignore", control=CONTROL)
        heard = Heard(root)
        heard.tree = inotify.watch(a_target(root, sources), heard)
        await heard.tree.placed()
        folders = [path for path, _, _ in os.walk(root) if "/.git" not in path]
        files = [f"{path}/{name}" for path in folders for name in ("a", "ab", "x.b")]
        files = [path for path in files if not os.path.isdir(path)]
        for path in files:
            Path(path).touch()
        await heard.calm()
        ignored = _ignored(root, (*folders[1:], *files))
        assert heard.tree.count == len(set(folders) - ignored)
        shown = {os.path.join(root, os.fsdecode(path)) for path in heard.paths}
        assert shown == set(files) - ignored
    finally:
        inotify.close()


def _ignored(root: Path, paths: tuple[str, ...]) -> set[str]:
    done = subprocess.run(
        ("git", "-C", str(root), "check-ignore", "--no-index", "-z", "--stdin"),
        input="".join(path + "\0" for path in paths).encode(),
        capture_output=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return set(done.stdout.decode().split("\0"))
