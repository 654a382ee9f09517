"""Commands in hints work wherever they are typed."""

from pathlib import Path

import pytest

from autosyncd.core.typed import in_folder

FOLDER = Path("/home/me/my docs")


@pytest.mark.parametrize(
    ("hint", "typed"),
    [
        (
            "`git rebase --continue`, or `git rebase --abort`",
            "`git -C '/home/me/my docs' rebase --continue`, or "
            "`git -C '/home/me/my docs' rebase --abort`",
        ),
        ("`hg commit` ends it", "`hg --cwd '/home/me/my docs' commit` ends it"),
        ("`git -C /x fetch`", "`git -C /x fetch`"),
        ("`git init /x`", "`git init /x`"),
        ("`git clone /x FOLDER`", "`git clone /x FOLDER`"),
        ("`git config --global user.name Me`", "`git config --global user.name Me`"),
        (
            "`git config core.ignorecase false`",
            "`git -C '/home/me/my docs' config core.ignorecase false`",
        ),
        ("use git by hand; `autosyncctl sync`", "use git by hand; `autosyncctl sync`"),
    ],
)
def test_a_command_names_the_folder_that_it_is_meant_for(hint: str, typed: str) -> None:
    assert in_folder(hint, FOLDER) == typed
    assert in_folder(typed, FOLDER) == typed


def test_no_hint_stays_none() -> None:
    assert in_folder(None, FOLDER) is None
