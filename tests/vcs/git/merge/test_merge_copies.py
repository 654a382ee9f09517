"""Where the other version goes, and how people are told."""

from tests.vcs.git.merge.merge_world import SYMLINK, Clone, File, files

OLD, ONE, TWO = "old\n", "one\n", "two\n"


async def test_a_folder_that_comes_in_by_the_merge_keeps_its_name(clone: Clone) -> None:
    copy = clone.copy("a.{}.txt", ONE)
    taken = {copy + b"/in": File(b"in")}
    found = await clone.outcome(files(a_txt=OLD), files(a_txt=ONE), {**files(a_txt=TWO), **taken})
    assert found.pop(copy + b"/in") == File(b"in")
    assert sorted(file.content for file in found.values()) == [b"one\n", b"two\n"]


async def test_a_symlink_whose_copy_is_there_already_gets_no_second_one(clone: Clone) -> None:
    there = {clone.copy("l.{}", "one"): File(b"one", SYMLINK)}
    found = await clone.outcome(
        {b"l": File(b"old", SYMLINK), **there},
        {b"l": File(b"one", SYMLINK), **there},
        {b"l": File(b"two", SYMLINK), **there},
    )
    assert found == {b"l": File(b"two", SYMLINK), **there}


async def test_a_copy_name_that_other_content_has_is_left_alone(clone: Clone) -> None:
    short = clone.copy("a.{}.txt", ONE)
    squatters = {short: File(b"mine")}
    found = await clone.outcome(
        {**files(a_txt=OLD), **squatters},
        {**files(a_txt=ONE), **squatters},
        {**files(a_txt=TWO), **squatters},
    )
    longer = f"a.conflict-{clone.blob(b'one' + bytes([10]))[:16]}.txt".encode()
    assert found == {b"a.txt": File(b"two\n"), short: File(b"mine"), longer: File(b"one\n")}


async def test_two_copies_that_would_have_one_name_get_two(clone: Clone) -> None:
    one, other = b"a.txt", b"a.conflict-01234567.txt"
    found = await clone.outcome(
        {one: File(b"0"), other: File(b"0", SYMLINK)},
        {one: File(b"same"), other: File(b"same", SYMLINK)},
        {one: File(b"two"), other: File(b"two", SYMLINK)},
    )
    assert sorted(found.values()) == [
        File(b"same"),
        File(b"same", SYMLINK),
        File(b"two"),
        File(b"two", SYMLINK),
    ]


async def test_every_taken_name_is_left_alone(clone: Clone) -> None:
    oid = clone.blob(b"one\n")
    squatters = {
        f"a.conflict-{oid[:8]}.txt/in": File(b"folder"),
        f"a.conflict-{oid[:16]}.txt": File(b"one\n", SYMLINK),
        f"a.conflict-{oid}.txt": File(b"mine"),
        f"a.conflict-{oid}-1.txt": File(b"mine"),
    }
    taken = {path.encode(): file for path, file in squatters.items()}
    found = await clone.outcome(
        {**files(a_txt=OLD), **taken}, {**files(a_txt=ONE), **taken}, {**files(a_txt=TWO), **taken}
    )
    assert found.pop(f"a.conflict-{oid}-2.txt".encode()) == File(b"one\n")
    assert found == {**files(a_txt=TWO), **taken}


async def test_a_version_whose_copy_is_there_already_gets_no_second_one(clone: Clone) -> None:
    short = clone.copy("a.{}.txt", ONE)
    there = {short: File(b"one\n")}
    found = await clone.outcome(
        {**files(a_txt=OLD), **there},
        {**files(a_txt=ONE), **there},
        {**files(a_txt=TWO), **there},
    )
    assert found == {b"a.txt": File(b"two\n"), **there}


async def test_a_conflict_in_a_conflict_copy_does_not_make_longer_names(clone: Clone) -> None:
    copy = b"a.conflict-0123abcd.txt"
    found = await clone.outcome({copy: File(b"0")}, {copy: File(b"1")}, {copy: File(b"2")})
    assert found == {copy: File(b"2"), clone.copy("a.{}.txt", "1"): File(b"1")}


async def test_names_that_are_no_text_and_names_with_newlines_are_handled(clone: Clone) -> None:
    names = (b"\xff\xfe.bin", b"two\nlines.txt", b"-x", b":(glob)*", b'"q"\t.md', b" ")
    found = await clone.outcome(
        {name: File(b"old") for name in names},
        {name: File(name + b"1") for name in names},
        {name: File(name + b"2") for name in names},
    )
    assert {found[name].content for name in names} == {name + b"2" for name in names}
    assert {file.content for file in found.values()} >= {name + b"1" for name in names}
    assert len(found) == 2 * len(names)


async def test_notes_tell_where_the_other_version_is(clone: Clone) -> None:
    root = clone.commit(files(a_txt=OLD))
    one = clone.commit(files(a_txt=ONE), root, when=10)
    result = await clone.merge(one, clone.commit(files(a_txt=TWO), root, when=20))
    (note,) = result.notes
    assert (note.path, note.copy) == (b"a.txt", clone.copy("a.{}.txt", ONE))
    assert result.commit
    message = clone.line("show", "-s", "--format=%B", result.commit)
    assert message.startswith("autosync: merge, conflict in a.txt\n\na.txt: changed on both sides")
    assert clone.copy("a.{}.txt", ONE).decode() in message


async def test_a_message_shows_any_name_in_one_line(clone: Clone) -> None:
    names = (b"two\nlines\xff.txt", "d/\u00e4\x1b.md".encode())
    root = clone.commit({name: File(b"0") for name in names})
    one, two = (clone.commit({name: File(text) for name in names}, root) for text in (b"1", b"2"))
    result = await clone.merge(one, two)
    assert result.commit
    subject, _, *lines = clone.line("show", "-s", "--format=%B", result.commit).splitlines()
    assert subject == "autosync: merge, conflict in ä\\x1b.md and 1 more"
    assert [line.split(": ")[0] for line in lines] == ["d/ä\\x1b.md", "two\\x0alines\\xff.txt"]


async def test_many_conflicts_are_not_all_listed_in_the_message(clone: Clone) -> None:
    names = [b"%d" % number for number in range(60)]
    root = clone.commit({name: File(b"0") for name in names})
    one, two = (clone.commit({name: File(text) for name in names}, root) for text in (b"1", b"2"))
    result = await clone.merge(one, two)
    assert result.commit
    lines = clone.line("show", "-s", "--format=%B", result.commit).splitlines()
    assert len(lines) == 53
    assert lines[-1] == "and 10 more"
    assert len(result.notes) == 60
