"""Files that git stores in another form than they have in the tree."""

import os
import sys

import pytest

from autosyncd.errors import RemoteNeedsUserError
from autosyncd.vcs.git.clean import clean_ids
from autosyncd.vcs.git.mover import Why, sweep
from tests.vcs.git.move.playground import Playground, once

CODE = 'import sys, codecs; sys.stdout.write(codecs.encode(sys.stdin.read(), "rot13"))'
ROT13 = f"{sys.executable} -c '{CODE}'"


def rot13(repo: Playground) -> None:
    """Make the repository store files with the attribute filter=rot13 encoded."""
    repo.run("config", "filter.rot13.clean", ROT13)
    repo.run("config", "filter.rot13.smudge", ROT13)
    repo.run("config", "filter.rot13.required", "true")


async def test_line_ends_are_those_of_the_attributes(repo: Playground) -> None:
    old = repo.start({".gitattributes": "*.txt text eol=crlf\n", "a.txt": "1\n", "b": "1\n"})
    new = repo.commit(old, {"a.txt": "2\n", "b": "2\n", "c.txt": "3\n"})
    assert repo.path("a.txt").read_bytes() == b"1\r\n"
    moved = await repo.move(old, new)
    assert moved.done
    assert repo.path("a.txt").read_bytes() == b"2\r\n"
    assert repo.path("b").read_bytes() == b"2\n"
    assert repo.path("c.txt").read_bytes() == b"3\r\n"
    repo.settled_at(new)
    assert await sweep(repo.git, repo.layout, grace=0) == ()
    assert repo.leftovers() == []


@pytest.mark.parametrize("before", ["* -text\n", "* text eol=crlf\n", None])
@pytest.mark.parametrize("after", ["* -text\n", "* text eol=lf\n", "*.txt text eol=crlf\n", None])
async def test_new_attributes_count_for_the_files_that_come_with_them(
    repo: Playground, before: str | None, after: str | None
) -> None:
    old = repo.start({**({".gitattributes": before} if before else {}), "a.txt": "1\n"})
    new = repo.commit(old, {".gitattributes": after, "a.txt": "2\n", "b.txt": "3\n"})
    moved = await repo.move(old, new)
    assert moved.skipped == ()
    end = b"\r\n" if after and "crlf" in after else b"\n"
    assert repo.path("a.txt").read_bytes() == b"2" + end
    assert repo.path("b.txt").read_bytes() == b"3" + end
    repo.settled_at(new)


async def test_an_edit_of_a_filtered_file_is_seen(repo: Playground) -> None:
    old = repo.start({".gitattributes": "* text eol=crlf\n", "a": "1\n", "b": "1\n"})
    new = repo.commit(old, {"a": "2\n", "b": "2\n"})
    repo.path("a").write_bytes(b"1\r\nmine\r\n")
    moved = await repo.move(old, new)
    assert [(s.path, s.why) for s in moved.skipped] == [(b"a", Why.USER_EDIT)]
    assert repo.path("a").read_bytes() == b"1\r\nmine\r\n"
    assert repo.path("b").read_bytes() == b"2\r\n"


async def test_filter_programs_run_both_ways(repo: Playground) -> None:
    rot13(repo)
    old = repo.start({".gitattributes": "*.r filter=rot13\n", "a.r": "uryyb\n", "b.r": "uryyb\n"})
    new = repo.commit(old, {"a.r": "tbbqolr\n", "b.r": "tbbqolr\n", "c.r": "arj\n"})
    assert repo.read("a.r") == "hello\n"
    repo.write("b.r", "mine\n")
    moved = await repo.move(old, new)
    assert [(s.path, s.why) for s in moved.skipped] == [(b"b.r", Why.USER_EDIT)]
    assert (repo.read("a.r"), repo.read("b.r"), repo.read("c.r")) == (
        "goodbye\n",
        "mine\n",
        "new\n",
    )


async def test_what_is_there_already_is_recognised_through_filters(repo: Playground) -> None:
    rot13(repo)
    old = repo.start({".gitattributes": "*.r filter=rot13\n", "a.r": "uryyb\n"})
    new = repo.commit(old, {"a.r": "tbbqolr\n", "b.r": "arj\n"})
    repo.write("a.r", "goodbye\n")
    repo.write("b.r", "new\n")
    moved = await repo.move(old, new)
    assert moved.done
    assert moved.changed == 0


async def test_a_failing_filter_leaves_the_tree_as_it_is(repo: Playground) -> None:
    rot13(repo)
    old = repo.start({".gitattributes": "*.r filter=rot13\n", "a.r": "uryyb\n", "b": "1"})
    new = repo.commit(old, {"a.r": "tbbqolr\n", "b": "2"})
    repo.run("config", "filter.rot13.smudge", "false")
    with pytest.raises(RemoteNeedsUserError, match=r"cannot take in a\.r: the filter rot13 failed"):
        await repo.move(old, new)
    assert (repo.read("a.r"), repo.read("b")) == ("hello\n", "1")
    assert repo.leftovers() == []
    repo.run("config", "filter.rot13.smudge", ROT13)
    assert (await repo.move(old, new)).done


async def test_an_edit_while_git_filters_is_not_overwritten(repo: Playground) -> None:
    old = repo.start({".gitattributes": "* text eol=crlf\n", "a": "1\n"})
    new = repo.commit(old, {"a": "2\n"})
    moved = await repo.move(old, new, checkpoint=once("checked", lambda: save(repo, "a")))
    assert [s.why for s in moved.skipped] == [Why.USER_EDIT]
    assert repo.read("a") == "mine"


async def test_one_unreadable_path_does_not_hide_the_others(repo: Playground) -> None:
    repo.start({"a": "1", "b": "2"})
    repo.write(b'q"\n\\\xff', "3")
    paths = [b"a", b"missing", b'q"\n\\\xff', b"b"]
    found = await clean_ids(repo.git, paths)
    blobs = [repo.blob(text) for text in (b"1", b"3", b"2")]
    assert found == (blobs[0], None, blobs[1], blobs[2])


def save(repo: Playground, name: str) -> None:
    repo.write("tmp", "mine")
    os.replace(repo.path("tmp"), repo.path(name))
