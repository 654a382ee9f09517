"""YAML that is broken, hostile or unusual: one clear line each, never a traceback."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autosyncd.config.document import UnreadableError
from autosyncd.config.load import load
from autosyncd.config.tree import read_tree
from autosyncd.errors import ConfigError
from tests.config.config_loader import Loader

NOBODY = 65534
BOMB = b"a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + b"".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n".encode() for n in range(1, 15)
)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"a: 1\nb: [", "autosync.yaml:2: not YAML: .*a bracket or quote is never closed"),
        (b"defaults:\n\tsettle: 5s\n", "autosync.yaml:2: not YAML: .*a tab can't indent"),
        (b"a: b: c", "autosync.yaml:1: not YAML: .*a value with ': ' in it needs quotes"),
        (b"a: `x", "autosync.yaml:1: not YAML: .*put the value in quotes"),
        (b"a: {b} c", "autosync.yaml:1: not YAML: .*begins with { or . needs quotes"),
        (b"a: 1\n---\nb: 2", "autosync.yaml:2: not YAML: .*only one document"),
        (b"a: &x 1\nb: &x 2", r"autosync.yaml:2: not YAML: .*an anchor \(&NAME\) is given twice"),
        (b"a: x\nb: \xff", "autosync.yaml:2: not UTF-8: byte 0xff; save the file as UTF-8"),
        (b"a: x\n\n\x00", r"autosync.yaml:3: .*a character that no text has \(code 0\)"),
        (b'a: "\\0"', "autosync.yaml:1: a character that no text has"),
        (b'a: "\\ud800"', "autosync.yaml:1: a character that no text has"),
        (b"", "autosync.yaml:1: is empty; allowed: .*repositories"),
        (b"# only this\n", "autosync.yaml:1: is empty"),
        (b"- a\n", "autosync.yaml:1: must be a mapping; allowed: .*defaults, repositories"),
        (b"just words", "autosync.yaml:1: must be a mapping"),
        (b"a: !!python/object/apply:os.system [x]", r"autosync.yaml:1: a tag \(!\)"),
        (b"a: !secret x", r"autosync.yaml:1: a tag \(!\)"),
        (b"? [a, b]\n: c", "autosync.yaml:1: a list or mapping as a key"),
        (b"defaults:\n  <<: 5\n", "autosync.yaml:2: << takes a mapping"),
        (b"a: &a [*a]", "autosync.yaml:1: contains itself"),
        (b"a: &a {b: {c: *a}}", "autosync.yaml:1: contains itself"),
        (b"a: " + b"[" * 5000, "autosync.yaml:1: not YAML: nested too deep; at most 50 levels"),
        (BOMB, "autosync.yaml:[0-9]+: more than 200000 values; use fewer aliases"),
    ],
)
def test_what_can_not_be_read_is_one_mistake_with_its_line(
    loader: Loader, text: bytes, problem: str
) -> None:
    with pytest.raises(ConfigError, match=f"(?s)^{loader.folder}/{problem}"):
        loader.load(text)
    assert len(loader.problems(text)) == 1


@pytest.mark.parametrize("text", ["password: *hunter22", "password: !hunter22!x 1", "p: 'hunter22"])
def test_messages_about_syntax_never_repeat_what_may_be_a_password(
    loader: Loader, text: str
) -> None:
    assert "hunter22" not in loader.problem(text)


def test_a_byte_order_mark_is_no_mistake(loader: Loader) -> None:
    assert loader.load(b"\xef\xbb\xbfrepositories: [/r]").repositories


def test_a_key_that_is_given_twice_is_a_mistake_in_the_second_line(loader: Loader) -> None:
    problem = loader.problem("defaults:\n  settle: 1s\n  settle: 2s\n")
    assert problem.startswith("autosync.yaml:3: defaults.settle: given twice, first in line 2;")


def test_merge_keys_work_and_own_keys_win(loader: Loader) -> None:
    config = loader.load("""\
        repositories:
          - &first {path: /a, settle: 1s, push_delay: 9s}
          - <<: *first
            path: /b
            settle: 2s
          - <<: [{settle: 3s}, *first]
            path: /c
    """)
    found = [(one.settle, one.push_delay) for one in config.repositories]
    assert found == [(1, 9), (2, 9), (3, 9)]


def test_own_keys_keep_their_order_where_a_merged_one_is_replaced(loader: Loader) -> None:
    settings = 'on_conflict: {<<: {"*.db": newest}, "*": stop, "*.db": keep-both}'
    assert loader.one(settings).on_conflict[1:] == (("*", "stop"), ("*.db", "keep-both"))


def test_a_merged_mapping_that_contains_itself_is_a_mistake(loader: Loader) -> None:
    assert "contains itself" in loader.problem("defaults: &d\n  <<: *d\n")


@pytest.mark.parametrize("word", ["on", "yes", "true", "True", "ON"])
def test_yaml_s_words_for_yes_are_yes(loader: Loader, word: str) -> None:
    assert loader.one(f"commit_hooks: {word}").commit_hooks is True


@pytest.mark.parametrize("word", ["off", "no", "false"])
def test_yaml_s_words_for_no_are_no(loader: Loader, word: str) -> None:
    assert loader.one(f"commit_hooks: {word}").commit_hooks is False


def test_off_is_a_word_where_it_is_one_of_the_words(loader: Loader) -> None:
    config = loader.load("channels: {xmpp: {jid: me@x, password: p, tls: off}}")
    assert config.channels.xmpp
    assert config.channels.xmpp.tls == "off"


def test_a_directory_is_no_configuration(loader: Loader) -> None:
    with pytest.raises(ConfigError, match=f"^{loader.folder}:1: can't be read: it is a directory"):
        load(loader.folder, environment={}, home=loader.home)


def test_a_pipe_is_never_waited_for(loader: Loader) -> None:
    os.mkfifo(loader.file)
    with pytest.raises(ConfigError, match="can't be read: it is no regular file"):
        load(loader.file, environment={}, home=loader.home)


def test_a_file_that_grew_without_bounds_is_not_read(loader: Loader) -> None:
    with loader.file.open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(ConfigError, match="at most 4000000 are allowed"):
        load(loader.file, environment={}, home=loader.home)


def test_a_file_that_is_gone_is_one_mistake(loader: Loader) -> None:
    with pytest.raises(
        ConfigError, match=f"^{loader.file}:1: can't be read: No such file or directory"
    ):
        load(loader.file, environment={}, home=loader.home)


def test_a_file_without_permission_is_one_mistake(loader: Loader) -> None:
    loader.write("repositories: []").chmod(0)
    with pytest.raises(ConfigError, match="can't be read: Permission denied"), _not_root():
        load(loader.file, environment={}, home=loader.home)


@contextmanager
def _not_root() -> Iterator[None]:
    """As root, who may read everything, be somebody else for a moment."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@given(st.binary() | st.text("abc:-[]{}&*!|>'\"%@`#,? \n\t<").map(str.encode))
def test_any_bytes_are_a_tree_or_unreadable(data: bytes) -> None:
    with suppress(UnreadableError):
        read_tree(data)


def test_odd_names_of_files_can_not_break_the_line(tmp_path: Path, home: Path) -> None:
    file = tmp_path / "a\nb\x1b[31m.yaml"
    with pytest.raises(ConfigError) as caught:
        load(file, environment={}, home=home)
    assert all(line.isprintable() for line in caught.value.problems)
