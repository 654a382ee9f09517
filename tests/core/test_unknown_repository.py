"""A repository that nobody knows: what may have been meant is said."""

from pathlib import PurePath

import pytest

from autosyncd.core.unknown import unknown

KNOWN = {
    "docs": PurePath("/home/me/docs"),
    "work-notes": PurePath("/work/notes"),
    "/a/photos": PurePath("/a/photos"),
    "/b/photos": PurePath("/b/photos"),
}


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("docz", "no repository 'docz' is watched (did you mean docs?)"),
        ("Docs", "no repository 'Docs' is watched (did you mean docs?)"),
        ("notes", "no repository 'notes' is watched (did you mean work-notes?)"),
        ("work_note", "no repository 'work_note' is watched (did you mean work-notes?)"),
        ("xyz", "no repository 'xyz' is watched"),
        ("/elsewhere/x", "no repository '/elsewhere/x' is watched"),
        ("photos", "'photos' can be any of /a/photos, /b/photos"),
    ],
)
def test_what_may_have_been_meant_is_said(word: str, said: str) -> None:
    error = unknown(KNOWN, word)
    assert error.message == said
    assert error.hint


def test_without_any_repository_nothing_is_meant() -> None:
    assert unknown({}, "docs").message == "no repository 'docs' is watched"
