"""Which files of a working copy count, whatever the ignore rules and the folders are called."""

from pathlib import Path

import pytest

from autosyncd.core.ignoring import compile_lines
from autosyncd.vcs.table.foreign import repositories
from autosyncd.vcs.table.scope import CONTROL, Scope


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        (("x",), {b"sub/a", b"sub/b"}),
        (("?",), set()),
        (("sub/*", "!sub/a"), {b"sub/a", b"x"}),
        (("sub/",), {b"x"}),
    ],
)
def test_a_rule_for_a_file_leaves_out_no_folder(
    tmp_path: Path, lines: tuple[str, ...], left: set[bytes]
) -> None:
    root = tmp_path / "tree"
    (root / "sub").mkdir(parents=True)
    for name in ("sub/a", "sub/b", "x"):
        (root / name).touch()
    scope = Scope(root, b"", compile_lines(lines), CONTROL, compile_lines(()))
    assert {path for path, _ in scope.walk(b"")} == left


def test_a_link_to_a_repository_is_none(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    (root / "inner" / ".git").mkdir(parents=True)
    (root / "link").symlink_to("inner")
    scope = Scope(root, b"", compile_lines(()), CONTROL, compile_lines(()))
    for tops in ({b"link", b"inner/.git/HEAD"}, {b""}, {b"inner"}):
        assert [left.path for left in repositories(scope, tops)] == [b"inner"]
    assert repositories(scope, {b"link"}) == []
