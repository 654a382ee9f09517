"""Mercurial as its users have set it up: extensions, hooks, branches, subrepositories, phases."""

from pathlib import Path

import pytest

from autosyncd.core.plan import Relation
from autosyncd.errors import AutosyncError, NeedsUserError
from tests.vcs.contract.copies import Copy
from tests.vcs.hg.conftest import FIRST, Pair
from tests.vcs.hg.hg_user import HgUser
from tests.vcs.hg.hg_world import hg

LOUD = """
[ui]
verbose = true
debug = true
traceback = true
slash = true
tweakdefaults = true
formatted = true
relative-paths = true
large-file-limit = 1000
logtemplate = "{rev} loud\\n"
[alias]
status = !echo nonsense
paths = !echo nonsense
identify = log -l 1
[defaults]
pull = -u
push = --force
[color]
mode = ansi
[extensions]
rebase =
histedit =
shelve =
mq =
automv =
blackbox =
journal =
closehead =
share =
schemes =
fetch =
purge =
absorb =
uncommit =
show =
[experimental]
evolution = all
[diff]
git = true
showfunc = true
[hooks]
pre-autosync-ask = echo printed by a hook; echo and this >&2
txnclose = echo printed by a hook
txnabort = echo printed by a hook
post-pull = echo printed by a hook
update = false
commit = false
precommit = false
pretxncommit = false
"""


def configure(copy: Copy, lines: str) -> None:
    with (copy.root / ".hg" / "hgrc").open("a") as hgrc:
        hgrc.write(f"\n{lines}\n")


async def agree(pair: Pair) -> None:
    for copy in (pair.mine, pair.theirs, pair.mine):
        await copy.sync()
    assert pair.mine.files() == pair.theirs.files()
    for copy in (pair.mine, pair.theirs):
        assert (await copy.repository.inspect()).relation is Relation.SAME


async def test_what_users_set_and_what_hooks_print_confuses_nothing(pair: Pair) -> None:
    configure(pair.mine, LOUD)
    pair.mine.write({b"mine": b"m\n", b"huge": b"x" * 5000, b"a.txt": b"mine\n"})
    pair.theirs.write({b"theirs": b"t\n", b"a.txt": b"theirs\n"})
    await pair.theirs.sync()
    await agree(pair)
    assert len(pair.mine.files()) == len(FIRST) + 4, "one is a conflict copy"
    pair.mine.path(b"mine").rename(pair.mine.path(b"moved"))
    made = await pair.mine.commit()
    assert made
    await pair.mine.repository.describe(made.info.id, "why")
    await agree(pair)
    assert await pair.mine.repository.history(b"moved", 5)


async def test_an_extension_that_changes_what_is_stored_is_told_as_soon_as_it_is_set(
    pair: Pair,
) -> None:
    hgrc = pair.mine.root / ".hg" / "hgrc"
    before = hgrc.read_text()
    for extension in ("largefiles", "keyword", "hgext.sparse"):
        configure(pair.mine, f"[extensions]\n{extension} =")
        with pytest.raises(NeedsUserError, match=extension) as caught:
            await pair.mine.repository.inspect()
        assert "turn it off" in (caught.value.hint or "")
        hgrc.write_text(before)
    assert (await pair.mine.repository.inspect()).relation is Relation.SAME


@pytest.mark.parametrize("hook", ["pretxnclose", "pretxnchangegroup"])
async def test_a_hook_that_refuses_is_told_and_nothing_is_lost(pair: Pair, hook: str) -> None:
    hgrc = pair.mine.root / ".hg" / "hgrc"
    before = hgrc.read_text()
    pair.theirs.write({b"theirs": b"t\n"})
    await pair.theirs.sync()
    configure(pair.mine, f"[hooks]\n{hook} = false")
    pair.mine.write({b"mine": b"m\n"})
    with pytest.raises(AutosyncError, match="hook") as caught:
        await pair.mine.sync()
    assert caught.value.hint
    assert pair.mine.files()[b"mine"] == b"m\n"
    hgrc.write_text(before)
    await agree(pair)
    assert pair.mine.files() == {**FIRST, b"mine": b"m\n", b"theirs": b"t\n"}


async def test_a_named_branch_is_synced_by_itself(pair: Pair) -> None:
    with HgUser(pair.mine.root) as user:
        user("branch", "-q", "feature")
        pair.mine.write({b"feature": b"f\n"})
        await pair.mine.sync()
        pair.theirs.write({b"trunk": b"t\n"})
        await pair.theirs.sync()
        await pair.mine.sync()
        assert b"trunk" not in pair.mine.files()
        assert b"feature" not in pair.theirs.files()
        assert (await pair.mine.repository.inspect()).branch == "feature"
        user("pull", "-q")
        user("update", "-q", "default")
        pair.mine.write({b"mine": b"m\n"})
        await agree(pair)
        assert set(pair.mine.files()) == {*FIRST, b"trunk", b"mine"}
    with HgUser(Path(pair.address)) as shared:
        heads = shared("log", "-r", "head()", "-T", "{branch} ")
        assert sorted(heads.split()) == ["default", "feature"]


async def test_closed_heads_stay_closed_and_others_are_left_alone(pair: Pair) -> None:
    """One head of the branch is closed, another one was pushed by force: only the newest open one
    is synced with."""
    with HgUser(pair.theirs.root) as user, HgUser(Path(pair.address)) as shared:
        for name, words in (("closed", ("--close-branch",)), ("other", ())):
            user("update", "-q", "-r", "0")
            (pair.theirs.root / name).write_text("x\n")
            user("commit", "-q", "-A", "-m", name)
            if words:
                user("commit", "-q", "-m", "close", *words)
            user("push", "-q", "--force", "-r", ".")
        pair.mine.write({b"mine": b"m\n"})
        await pair.mine.sync()
        assert set(pair.mine.files()) == {*FIRST, b"mine", b"other"}
        user("update", "-q", "-r", "0")
        (pair.theirs.root / "third").write_text("x\n")
        user("commit", "-q", "-A", "-m", "third")
        user("push", "-q", "--force", "-r", ".")
        await pair.mine.sync()
        assert set(pair.mine.files()) == {*FIRST, b"mine", b"other", b"third"}
        open_heads = shared("heads", "-T", "{node} ", "default").split()
        assert open_heads == [(await pair.mine.repository.inspect()).head]
        assert len(shared("heads", "-T", "{node} ", "--closed", "default").split()) == 2


async def test_subrepositories_are_not_ours(pair: Pair, tmp_path: Path) -> None:
    with HgUser(pair.theirs.root) as user:
        user("init", "inner")
        (pair.theirs.root / "inner" / "file").write_text("i\n")
        hg(pair.theirs.root / "inner", "commit", "-q", "-A", "-m", "inner")
        user("clone", "-q", "inner", f"{pair.address}/inner")
        pair.theirs.write({b".hgsub": b"inner = inner\n"})
        user("add", "-q", ".hgsub")
        user("commit", "-q", "-m", "with a subrepository")
        state = (pair.theirs.root / ".hgsubstate").read_bytes()
        (pair.theirs.root / "inner" / "file").write_text("changed\n")
        pair.theirs.write({b"a.txt": b"theirs\n", b"inner/new": b"n\n"})
        await pair.theirs.sync()
    await pair.mine.sync()
    assert pair.mine.files()[b"a.txt"] == b"theirs\n"
    assert pair.mine.files()[b".hgsubstate"] == state
    pair.mine.write({b"mine": b"m\n"})
    await pair.mine.sync()
    await pair.theirs.sync()
    assert pair.theirs.files()[b"mine"] == b"m\n"
    assert pair.theirs.files()[b"inner/file"] == b"changed\n"
    assert (pair.theirs.root / ".hgsubstate").read_bytes() == state


@pytest.mark.parametrize("evolution", ["", "all"])
async def test_drafts_at_a_remote_that_publishes_nothing_may_be_amended(
    pair: Pair, evolution: str
) -> None:
    """What others have of it comes back, unless it is marked as obsolete; nothing is lost."""
    for root in (Path(pair.address), pair.mine.root, pair.theirs.root):
        with (root / ".hg" / "hgrc").open("a") as hgrc:
            hgrc.write(f"\n[phases]\npublish = no\n[experimental]\nevolution = {evolution}\n")
    pair.mine.write({b"mine": b"first\n"})
    await agree(pair)
    with HgUser(pair.mine.root) as user:
        assert user("log", "-r", ".", "-T", "{phase}") == "draft"
        pair.mine.write({b"mine": b"second\n"})
        user("commit", "-q", "--amend", "-m", "by hand")
        await agree(pair)
        assert pair.mine.files()[b"mine"] == b"second\n"
        assert "by hand" in user("log", "-T", "{desc}\n")


async def test_new_commits_may_be_secret(pair: Pair) -> None:
    configure(pair.mine, "[phases]\nnew-commit = secret")
    pair.mine.write({b"mine": b"m\n"})
    await pair.mine.sync()
    pair.theirs.write({b"theirs": b"t\n"})
    await pair.theirs.sync()
    await pair.mine.sync()
    assert set(pair.mine.files()) == {*FIRST, b"mine", b"theirs"}
    assert (await pair.mine.repository.inspect()).withheld
    await pair.theirs.sync()
    assert set(pair.theirs.files()) == {*FIRST, b"theirs"}
