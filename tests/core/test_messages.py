"""Commit messages."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autosyncd.core.changes import Change, ChangeKind
from autosyncd.core.messages import Context, default_message, from_template, printable

CONTEXT = Context(
    name="docs", host="laptop", user="ann", date="2026-01-02 03:04:05", machine="00ff"
)


def _modified(*paths: bytes) -> tuple[Change, ...]:
    return tuple(Change(path, ChangeKind.MODIFIED) for path in paths)


def test_the_subject_says_what_changed_and_where() -> None:
    message = default_message(_modified(b"todo.md", b"a", b"b"), CONTEXT)
    assert message.splitlines()[0] == "docs: update todo.md and 2 more on laptop"


def test_one_kind_of_change_is_named() -> None:
    message = default_message((Change(b"new.txt", ChangeKind.ADDED),), CONTEXT)
    assert message.splitlines()[0] == "docs: add new.txt on laptop"
    message = default_message((Change(b"old.txt", ChangeKind.DELETED),), CONTEXT)
    assert message.splitlines()[0] == "docs: delete old.txt on laptop"
    message = default_message((Change(b"new", ChangeKind.RENAMED, source=b"old"),), CONTEXT)
    assert message.splitlines()[0] == "docs: rename old to new on laptop"
    assert "renamed: old -> new" in message


def test_the_body_lists_at_most_fifty_paths() -> None:
    message = default_message(_modified(*(b"file%d" % n for n in range(60))), CONTEXT)
    assert message.count("modified: ") == 50
    assert "and 10 more" in message


def test_the_message_ends_with_the_trailers() -> None:
    lines = default_message(_modified(b"a"), CONTEXT).splitlines()
    assert lines[-2:] == ["Autosync-Host: laptop", "Autosync-Id: 00ff"]
    assert lines[-3] == ""


@pytest.mark.parametrize(
    ("lines", "shown"),
    [((3, 1), " (+3 -1)"), ((3, 0), " (+3)"), ((0, 1), " (-1)"), ((0, 0), ""), (None, "")],
)
def test_a_path_tells_how_many_lines_changed(lines: tuple[int, int] | None, shown: str) -> None:
    message = default_message((Change(b"a", ChangeKind.MODIFIED, lines=lines),), CONTEXT)
    assert f"\nmodified: a{shown}\n" in message


def test_the_programs_at_work_are_a_trailer() -> None:
    message = default_message(_modified(b"a"), replace(CONTEXT, programs=("soffice.bin", "vim")))
    assert message.splitlines()[-3:] == [
        "Autosync-Host: laptop",
        "Autosync-Program: soffice.bin, vim",
        "Autosync-Id: 00ff",
    ]


def test_a_template_knows_all_placeholders() -> None:
    template = "{name} {count} {files} {host} {user} {date}: {subject}\n\n{changes}"
    message = from_template(template, _modified(b"a", b"b"), CONTEXT)
    assert message.startswith("docs 2 a, b laptop ann 2026-01-02 03:04:05: docs: update a and 1")


@given(st.binary(min_size=1))
def test_no_name_can_break_a_line_of_the_message(path: bytes) -> None:
    assert len(printable(path).splitlines()) <= 1
    assert printable(path).isprintable()


def test_a_long_path_does_not_fill_the_subject() -> None:
    message = default_message(_modified(b"x/" * 100 + b"name.txt"), CONTEXT)
    assert message.splitlines()[0] == "docs: update …/name.txt on laptop"
