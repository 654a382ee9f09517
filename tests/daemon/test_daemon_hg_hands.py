"""A user's own hg at work in a watched working copy: never disturbed, told, and gone on after."""

import os
from collections.abc import Callable
from dataclasses import replace

import pytest

from autosyncd.api.events import Committed, Problem, Pushed
from tests.daemon.hg_scene import OWN, Scene, blocked, served, works_again
from tests.daemon.house import House
from tests.vcs.hg.conftest import FIRST
from tests.vcs.hg.hg_user import HgUser

MERGE = ("--config", "ui.merge=internal:merge")


def diverge(scene: Scene) -> None:
    """Two lines, both drafts; the one with `side` in it is not checked out."""
    for words in ("side", "main"):
        scene.hg("update", "-q", "-r", "0")
        (scene.docs / "a.txt").write_text(f"{words}\n")
        scene.hg("commit", "-q", "-m", words)


UNFINISHED: dict[str, tuple[str, Callable[[Scene], object], tuple[str, ...]]] = {
    "rebase": (
        "a rebase is under way",
        lambda s: s.hg("rebase", *MERGE, "-d", "desc(side)", check=False),
        ("rebase", "--abort"),
    ),
    "graft": (
        "a graft is under way",
        lambda s: s.hg("graft", *MERGE, "desc(side)", check=False),
        ("graft", "--abort"),
    ),
    "histedit": (
        "a histedit is under way",
        lambda s: _histedit(s),
        ("histedit", "--abort"),
    ),
    "unshelve": (
        "an unshelve is under way",
        lambda s: _unshelve(s),
        ("unshelve", "--abort"),
    ),
    "merge": (
        "a merge is under way",
        lambda s: s.hg("merge", *MERGE, "desc(side)", check=False),
        ("merge", "--abort"),
    ),
}


def _histedit(scene: Scene) -> None:
    node = scene.hg("log", "-r", ".", "-T", "{node}")
    rules = scene.folder / "rules"
    rules.write_text(f"edit {node}\n")
    scene.hg("histedit", "-r", ".", "--commands", str(rules), check=False)


def _unshelve(scene: Scene) -> None:
    (scene.docs / "a.txt").write_text("shelved\n")
    scene.hg("shelve", "-q")
    (scene.docs / "a.txt").write_text("another\n")
    scene.hg("commit", "-q", "-m", "another")
    scene.hg("unshelve", *MERGE, check=False)


@pytest.mark.parametrize("operation", UNFINISHED)
async def test_an_operation_under_way_is_left_alone_and_gone_on_after(
    scene: Scene, operation: str
) -> None:
    why, begin, end = UNFINISHED[operation]
    diverge(scene)
    begin(scene)
    before = scene.look()
    async with served(scene) as home:
        await blocked(home, why)
        (scene.docs / "sub" / "b.txt").write_text("edited meanwhile\n")
        with pytest.raises(AssertionError):
            await _done(home)
        (scene.docs / "sub" / "b.txt").write_text("b\n")
        assert scene.look() == before
        assert not home.of_kind(Committed)
        assert not home.of_kind(Pushed)
        scene.hg(*end)
        await works_again(home, scene)


async def _done(home: House) -> None:
    """A sync that succeeds."""
    [done] = (await home.daemon.sync(["docs"], wait=True)).repositories
    assert done.ok, done.error


LONG = 3600.0


def head(scene: Scene) -> str:
    return scene.hg("log", "-r", ".", "-T", "{node}")


def amend(scene: Scene) -> None:
    (scene.docs / "amended").write_text("a\n")
    scene.hg("commit", "--amend", "-A", "-m", "by hand")


def rebase(scene: Scene) -> None:
    scene.hg("update", "-q", "-r", "0")
    (scene.docs / "side").write_text("s\n")
    scene.hg("commit", "-q", "-A", "-m", "side")
    scene.hg("rebase", "-s", "children(0) - .", "-d", ".")
    scene.hg("update", "-q", "tip")


def fold(scene: Scene) -> None:
    (scene.docs / "more").write_text("m\n")
    scene.hg("commit", "-q", "-A", "-m", "more")
    nodes = scene.hg("log", "-r", "draft() and ::.", "-T", "{node}\n").split()
    rules = scene.folder / "rules"
    rules.write_text("".join(f"{'roll' if at else 'pick'} {n}\n" for at, n in enumerate(nodes)))
    scene.hg("histedit", "-r", nodes[0], "--commands", str(rules))


def graft(scene: Scene) -> None:
    mine = head(scene)
    scene.hg("update", "-q", "-r", "0")
    (scene.docs / "side").write_text("s\n")
    scene.hg("commit", "-q", "-A", "-m", "side")
    side = head(scene)
    scene.hg("update", "-q", "-r", mine)
    scene.hg("graft", "-q", side)
    scene.hg("strip", "-q", "-r", side)


def shelve(scene: Scene) -> None:
    (scene.docs / "a.txt").write_text("shelved\n")
    scene.hg("shelve", "-q")
    assert (scene.docs / "a.txt").read_bytes() == FIRST[b"a.txt"]
    scene.hg("unshelve", "-q")


def back_out(scene: Scene) -> None:
    scene.hg("backout", "-q", "-r", ".", "-m", "backed out")


def clean(scene: Scene) -> None:
    (scene.docs / "a.txt").write_text("not wanted\n")
    scene.hg("update", "-q", "--clean", "-r", ".")


A = FIRST[b"a.txt"].decode()
FINISHED: dict[str, tuple[Callable[[Scene], object], dict[str, str | None]]] = {
    "amend": (amend, {"auto": "x\n", "amended": "a\n"}),
    "rebase": (rebase, {"auto": "x\n", "side": "s\n"}),
    "histedit": (fold, {"auto": "x\n", "more": "m\n"}),
    "graft": (graft, {"auto": "x\n", "side": "s\n"}),
    "shelve": (shelve, {"auto": "x\n", "a.txt": "shelved\n"}),
    "backout": (back_out, {"auto": None}),
    "strip": (lambda scene: scene.hg("strip", "-q", "-r", "."), {"auto": None}),
    "update --clean": (clean, {"auto": "x\n", "a.txt": A}),
}


ALL = os.environ.get("AUTOSYNC_ATTACKS") == "all"
"""`make test` has all on its first Python."""


@pytest.mark.parametrize(
    ("operation", "evolution"),
    [(name, "") for name in (FINISHED if ALL else ("shelve", "strip"))]
    + [(name, "all") for name in (("amend", "rebase", "strip") if ALL else ("amend",))],
)
async def test_what_a_user_did_under_its_hands_stands(
    scene: Scene, operation: str, evolution: str
) -> None:
    """Nothing that they took back comes again, and what they made goes out. The remote is away
    first, so that there is a commit that nobody has seen."""
    do, files = FINISHED[operation]
    if evolution:
        with (scene.docs / ".hg" / "hgrc").open("a") as hgrc:
            hgrc.write(f"[experimental]\nevolution = {evolution}\n")
    async with served(scene, settle=LONG, max_settle=LONG) as home:
        away = scene.shared.rename(scene.folder / "away")
        (scene.docs / "auto").write_text("x\n")
        await home.daemon.sync(["docs"], wait=True)
        assert len(home.of_kind(Committed)) == 1
        before = head(scene)
        with HgUser(scene.docs, *OWN) as user:
            do(replace(scene, hg=user))
        away.rename(scene.shared)
        await works_again(home, scene)
        for name, content in files.items():
            assert (name in scene.there().split()) == (content is not None)
            there = (scene.docs / name).read_text() if (scene.docs / name).exists() else None
            assert there == content
        assert scene.hg("log", "-r", "head()", "-T", "{node} ").split() == [head(scene)]
        kept = operation in ("graft", "shelve", "backout", "update --clean")
        assert bool(scene.hg_shared("log", "-r", f"present({before})", "-T", "{node}")) == kept
        assert not [event for event in home.of_kind(Problem) if "crash" in str(event)]
