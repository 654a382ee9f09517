"""Every case of two sides that changed the same path."""

import pytest

from tests.vcs.git.merge.merge_world import EXECUTABLE, GITLINK, SYMLINK, Clone, File, files

OLD, ONE, TWO = "old\n", "one\n", "two\n"
LINES = "1\n2\n3\n4\n5\n6\n7\n"
CLASH = {"z_txt": OLD}
"""A path in conflict, so that git's own merge is never clean."""
FIRST, SECOND = "a" * 40, "b" * 40


async def test_changes_of_different_files_are_both_taken(clone: Clone) -> None:
    found = await clone.outcome(
        files(a="1", b="1", c="1"), files(a="2", b="1"), files(a="1", b="2", c="1", d="2")
    )
    assert found == files(a="2", b="2", d="2")


async def test_a_clean_merge_follows_a_rename(clone: Clone) -> None:
    found = await clone.outcome(files(a=LINES), files(b=LINES), files(a=LINES + "8\n"))
    assert found == files(b=LINES + "8\n")


async def test_a_change_is_not_merged_into_a_file_that_both_sides_have(clone: Clone) -> None:
    """Git takes the deleted file for renamed to the other one, and drops one of the contents."""
    new = LINES + "8\n"
    found = await clone.outcome(files(a=LINES), files(a=new, b=LINES), files(b=LINES))
    assert found == files(a=new, b=LINES)


async def test_a_clean_merge_follows_several_renames(clone: Clone) -> None:
    base = {b"%d" % n: File(b"%d\n" % n + LINES.encode()) for n in range(3)}
    one = {b"d/" + path: file for path, file in base.items()} | files(new="new")
    two = {path: File(file.content + b"8\n") for path, file in base.items()}
    found = await clone.outcome(base, one, two)
    assert found == {b"d/" + path: file for path, file in two.items()} | files(new="new")


async def test_two_versions_of_a_text_are_both_kept_and_the_newer_has_the_name(
    clone: Clone,
) -> None:
    found = await clone.outcome(files(a_txt=OLD), files(a_txt=ONE), files(a_txt=TWO))
    assert found == {b"a.txt": File(b"two\n"), clone.copy("a.{}.txt", ONE): File(b"one\n")}


async def test_different_lines_are_merged_next_to_a_conflict(clone: Clone) -> None:
    found = await clone.outcome(
        files(a=LINES, z="0"), files(a="0\n" + LINES, z="1"), files(a=LINES + "8\n", z="2")
    )
    assert found[b"a"] == File(f"0\n{LINES}8\n".encode())
    assert found[b"z"] == File(b"2")


async def test_many_texts_are_merged_or_kept_each_by_itself(clone: Clone) -> None:
    names = [f"d/{number}.txt".encode() for number in range(30)]
    base = {name: File(name + b"\n1\n2\n3\n4\n") for name in names}
    one = {name: File(b"one\n" + file.content) for name, file in base.items()}
    two = {
        name: File(b"two\n" + file.content if number % 2 else file.content + b"two\n")
        for number, (name, file) in enumerate(base.items())
    }
    found = await clone.outcome(base, one, two)
    for number, name in enumerate(names):
        if number % 2:
            assert found[name] == two[name]
        else:
            assert found[name].content == b"one\n" + base[name].content + b"two\n"
    assert len(found) == 45


async def test_two_versions_of_a_binary_are_both_kept(clone: Clone) -> None:
    one, two = b"\0one" + LINES.encode(), b"\0two" + LINES.encode()
    found = await clone.outcome(
        files(a_png=b"\0" + LINES.encode()), files(a_png=one), files(a_png=two)
    )
    assert found == {b"a.png": File(two), clone.copy("a.{}.png", one): File(one)}


async def test_two_targets_of_a_symlink_are_both_kept(clone: Clone) -> None:
    found = await clone.outcome(
        {b"l": File(b"old", SYMLINK)}, {b"l": File(b"one", SYMLINK)}, {b"l": File(b"two", SYMLINK)}
    )
    assert found == {
        b"l": File(b"two", SYMLINK),
        clone.copy("l.{}", "one"): File(b"one", SYMLINK),
    }


async def test_a_file_and_a_symlink_are_both_kept(clone: Clone) -> None:
    found = await clone.outcome(
        files(a=OLD), files(a=File(b"elsewhere", SYMLINK)), files(a=File(b"two\n", EXECUTABLE))
    )
    assert found == {
        b"a": File(b"two\n", EXECUTABLE),
        clone.copy("a.{}", "elsewhere"): File(b"elsewhere", SYMLINK),
    }


async def test_a_file_and_a_symlink_with_the_same_bytes_are_both_kept(clone: Clone) -> None:
    found = await clone.outcome(
        files(a=OLD), files(a=File(b"same", SYMLINK)), files(a=File(b"same"))
    )
    assert sorted(found.values()) == [File(b"same"), File(b"same", SYMLINK)]


@pytest.mark.parametrize("deleter", [0, 1])
async def test_what_one_side_changed_stays_when_the_other_deleted_it(
    clone: Clone, deleter: int
) -> None:
    sides = [files(a=ONE, b=OLD), files(b=OLD)]
    found = await clone.outcome(files(a=OLD, b=OLD), sides[1 - deleter], sides[deleter])
    assert found == files(a=ONE, b=OLD)


async def test_a_change_that_survives_a_deletion_is_noted(clone: Clone) -> None:
    root = clone.commit(files(a=OLD, b=OLD))
    result = await clone.merge(
        clone.commit(files(b=OLD), root), clone.commit(files(a=ONE, b=OLD), root)
    )
    (note,) = result.notes
    assert (note.path, note.copy) == (b"a", None)
    assert "deleted on the other" in note.why


async def test_both_deleted_is_deleted(clone: Clone) -> None:
    found = await clone.outcome(files(a=OLD, **CLASH), files(z_txt=ONE), files(z_txt=TWO))
    assert b"a" not in found


async def test_two_new_files_of_one_name_are_both_kept(clone: Clone) -> None:
    found = await clone.outcome(files(x="x"), files(x="x", a_md=ONE), files(x="x", a_md=TWO))
    assert found == {
        b"x": File(b"x"),
        b"a.md": File(b"two\n"),
        clone.copy("a.{}.md", ONE): File(b"one\n"),
    }


async def test_the_same_new_file_on_both_sides_is_no_conflict(clone: Clone) -> None:
    found = await clone.outcome(files(**CLASH), files(a=ONE, z_txt=ONE), files(a=ONE, z_txt=TWO))
    assert found[b"a"] == File(b"one\n")
    assert len(found) == 3


async def test_the_same_new_file_is_executable_if_either_made_it_so(clone: Clone) -> None:
    found = await clone.outcome(
        files(**CLASH),
        files(a=File(b"x", EXECUTABLE), z_txt=ONE),
        files(a=File(b"x"), z_txt=TWO),
    )
    assert found[b"a"] == File(b"x", EXECUTABLE)


@pytest.mark.parametrize("changer", [0, 1])
@pytest.mark.parametrize(("before", "after"), [("100644", EXECUTABLE), (EXECUTABLE, "100644")])
async def test_a_mode_is_what_the_side_that_changed_it_made_it(
    clone: Clone, changer: int, before: str, after: str
) -> None:
    plain = files(a=File(b"1\n2\n3\n4\n", before), b=File(b"old\n", before), **CLASH)
    one = {**plain, b"a": File(b"1\n2\n3\n4\n", after), b"b": File(b"one\n", after)}
    two = {**plain, b"a": File(b"1\n2\n3\n4\nnew\n", before), b"b": File(b"two\n", before)}
    sides = [{**one, b"z.txt": File(b"1")}, {**two, b"z.txt": File(b"2")}]
    found = await clone.outcome(plain, sides[changer], sides[1 - changer])
    assert found[b"a"] == File(b"1\n2\n3\n4\nnew\n", after)
    assert found[b"b"].mode == after


@pytest.mark.parametrize("newer", [0, 1])
async def test_a_folder_keeps_the_name_and_the_file_goes_beside_it(
    clone: Clone, newer: int
) -> None:
    sides = [files(x="x", d_txt=ONE), files(x="x", d_txt__in="in")]
    found = await clone.outcome(files(x="x"), sides[1 - newer], sides[newer])
    assert found == {
        b"x": File(b"x"),
        b"d.txt/in": File(b"in"),
        clone.copy("d.{}.txt", ONE): File(b"one\n"),
    }


async def test_a_file_that_became_a_folder_and_was_changed_is_kept_beside_it(clone: Clone) -> None:
    found = await clone.outcome(files(d=OLD), files(d=TWO), files(d__x="x"))
    assert found == {b"d/x": File(b"x"), clone.copy("d.{}", TWO): File(b"two\n")}


async def test_a_folder_that_became_a_file_keeps_what_was_changed_in_it(clone: Clone) -> None:
    found = await clone.outcome(
        files(d__x=OLD, d__y=OLD), files(d=File(b"there", SYMLINK)), files(d__x=TWO, d__y=OLD)
    )
    assert found == {
        b"d/x": File(b"two\n"),
        clone.copy("d.{}", "there"): File(b"there", SYMLINK),
    }


async def test_a_folder_becomes_a_file_and_a_file_a_folder_next_to_a_conflict(clone: Clone) -> None:
    old = files(d__x="x", f="f", **CLASH)
    found = await clone.outcome(old, files(d="d", f__y="y", z_txt=ONE), {**old, **files(z_txt=TWO)})
    assert found.items() >= files(d="d", f__y="y", z_txt=TWO).items()
    assert len(found) == 4


async def test_a_file_renamed_to_two_names_has_both(clone: Clone) -> None:
    found = await clone.outcome(files(a=LINES), files(b=LINES), files(c=LINES))
    assert found == files(b=LINES, c=LINES)


async def test_two_files_renamed_to_one_name_are_both_kept(clone: Clone) -> None:
    one, two = LINES + "one\n", "x\ny\nz\nu\nv\nw\n"
    found = await clone.outcome(
        files(a=one, b=two), files(c=one, b=two), files(a=one, c=two + "new\n")
    )
    contents = {file.content for file in found.values()}
    assert {one.encode(), two.encode() + b"new\n"} <= contents


async def test_a_file_renamed_on_one_side_and_deleted_on_the_other_stays(clone: Clone) -> None:
    found = await clone.outcome(files(a=LINES, k="k"), files(b=LINES, k="k"), files(k="k"))
    assert found == files(b=LINES, k="k")


async def test_a_rename_and_an_edit_next_to_a_conflict_lose_neither(clone: Clone) -> None:
    found = await clone.outcome(
        files(a=LINES, **CLASH), files(b=LINES, z_txt=ONE), files(a=LINES + "8\n", z_txt=TWO)
    )
    assert found[b"b"] == File(LINES.encode())
    assert found[b"a"] == File(LINES.encode() + b"8\n")


async def test_two_commits_of_a_submodule_leave_the_newer_one_and_a_note(clone: Clone) -> None:
    root = clone.commit(files(s=File(b"c" * 40, GITLINK)))
    one = clone.commit(files(s=File(FIRST.encode(), GITLINK)), root, when=10)
    two = clone.commit(files(s=File(SECOND.encode(), GITLINK)), root, when=20)
    result = await clone.merge(one, two)
    assert result.commit
    assert clone.files(result.commit) == files(s=File(SECOND.encode(), GITLINK))
    (note,) = result.notes
    assert note.copy is None
    assert FIRST in note.why
    assert FIRST in clone.line("show", "-s", "--format=%B", result.commit)


async def test_a_file_that_meets_a_submodule_is_kept(clone: Clone) -> None:
    found = await clone.outcome(
        files(x="x"), files(x="x", s=ONE), files(x="x", s=File(FIRST.encode(), GITLINK))
    )
    assert found[b"s"] == File(FIRST.encode(), GITLINK)
    assert found[clone.copy("s.{}", ONE)] == File(b"one\n")


async def test_a_folder_that_meets_a_submodule_keeps_the_name(clone: Clone) -> None:
    root = clone.commit(files(x="x"))
    one = clone.commit(files(x="x", s=File(FIRST.encode(), GITLINK)), root, when=30)
    two = clone.commit(files(x="x", s__in="in"), root, when=20)
    result = await clone.merge(one, two)
    assert result.commit
    assert clone.files(result.commit) == files(x="x", s__in="in")
    assert FIRST in result.notes[0].why


async def test_a_symlink_is_no_text_to_merge_from(clone: Clone) -> None:
    one, two = "0\n" + LINES, LINES + "8\n"
    found = await clone.outcome(files(a=File(LINES.encode(), SYMLINK)), files(a=one), files(a=two))
    assert found == {b"a": File(two.encode()), clone.copy("a.{}", one): File(one.encode())}


async def test_the_name_of_a_git_entry_that_ntfs_forbids_does_not_stop_a_merge(
    clone: Clone,
) -> None:
    found = await clone.outcome(
        {b"git~1": File(b"x"), b"a": File(b"0")},
        {b"git~1": File(b"y"), b"a": File(b"1")},
        {b"git~1": File(b"x"), b"a": File(b"2")},
    )
    assert found[b"git~1"] == File(b"y")
