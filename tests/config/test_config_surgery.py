"""Changing one entry of a configuration file by program."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autosyncd.config.surgery import is_empty, with_settings, without_entry
from autosyncd.config.tree import Pairs, Scalar, read_tree
from autosyncd.config.writing import drop_in, file_stem, quote, setting_value

MAIN = """\
# top
defaults: {settle: 2s}  # quick
repositories:
  # the first
  - ~/docs  # mine

  - path: ~/notes   # with settings
    settle: 1s      # not so fast
    ignore:
      - "*.tmp"
      - build/
    commit_message: |
      one
      two
  # the last
  -
    path: ~/last
channels: {}
"""


def test_an_entry_is_taken_out_and_every_other_line_stays() -> None:
    without = without_entry(MAIN, 1)
    assert without is not None
    lines = MAIN.splitlines()
    assert without.splitlines() == lines[:6] + lines[14:]
    first = without_entry(MAIN, 0)
    assert first is not None
    assert first.splitlines() == lines[:4] + lines[5:]


@pytest.mark.parametrize(
    "text",
    [
        "repositories: [~/a, ~/b]\n",
        "{repositories: [~/a]}\n",
        "repositories:\n- {path: ~/a}\n  - b\n",
        "nothing: 1\n",
        "- ~/a\n",
    ],
)
def test_what_is_written_in_another_form_is_left_to_its_author(text: str) -> None:
    assert without_entry(text, 0) is None
    assert with_settings(text, 0, {"settle": "1s"}) is None


def test_an_entry_that_another_refers_to_is_left_to_its_author() -> None:
    assert without_entry("repositories:\n- &one ~/a\n- *one\n", 0) is None


def test_settings_are_changed_in_place_and_new_ones_follow() -> None:
    changed = with_settings(MAIN, 1, {"settle": "3s", "ignore": "[a]", "sync": "push"})
    assert changed is not None
    assert "    settle: 3s      # not so fast\n" in changed
    assert "build/" not in changed
    assert "      two\n    sync: push\n" in changed
    assert changed.startswith("# top\ndefaults: {settle: 2s}  # quick\n")
    assert "  # the last\n" in changed
    short = with_settings(MAIN, 0, {"settle": "3s"})
    assert short is not None
    assert "  - path: ~/docs  # mine\n    settle: 3s\n\n" in short


def test_a_file_without_a_last_newline_is_changed_too() -> None:
    text = "repositories:\n- path: /a\n- /b"
    assert with_settings(text, 1, {"settle": "1s"}) == (
        "repositories:\n- path: /a\n- path: /b\n  settle: 1s\n"
    )
    assert without_entry(text, 1) == "repositories:\n- path: /a\n"


def test_a_file_is_empty_when_no_entry_and_no_other_key_is_left() -> None:
    left = without_entry(drop_in("/a", {"settle": "1s"}), 0)
    assert left is not None
    assert is_empty(left)
    assert not is_empty(drop_in("/a", {}))
    assert not is_empty("repositories: []\ndefaults: {}\n")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_quoted_text_is_read_as_it_was(text: str) -> None:
    assert _value(f"key: {quote(text)}\n") == text


@given(st.text(st.sampled_from("ab1:#{}[]'\"*&!|>%@`-, \n~?y"), min_size=1, max_size=8))
def test_a_setting_is_one_value_whatever_is_typed(text: str) -> None:
    """What can't stand behind a key as it is becomes text."""
    tree = read_tree(f"key: {setting_value(text)}\nafter: 1\n".encode())
    assert isinstance(tree, Pairs)
    assert [pair.key for pair in tree.pairs] == ["key", "after"]


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("5s", "5s"),
        ("true", "true"),
        ('["*.tmp", build/]', '["*.tmp", build/]'),
        ("{'*.db': newest}", "{'*.db': newest}"),
        ("*.tmp", '"*.tmp"'),
        ("{name}: on {host}", '"{name}: on {host}"'),
        ("a # b", '"a # b"'),
        ("", '""'),
        ("#x", '"#x"'),
        ("'quoted'", "'quoted'"),
    ],
)
def test_what_is_typed_on_a_command_line_stays_what_it_means(typed: str, written: str) -> None:
    assert setting_value(typed) == written


@pytest.mark.parametrize("name", ["docs", "a b/c", "..", ".x", "-", "naïve ☃", "x" * 300, ""])
def test_every_name_gives_a_file_that_is_read(name: str) -> None:
    stem = file_stem(name)
    assert stem
    assert "/" not in stem
    assert not stem.startswith((".", "-"))
    assert len(stem.encode()) < 200


def _value(text: str) -> str:
    tree = read_tree(text.encode())
    assert isinstance(tree, Pairs)
    value = tree.pairs[0].value
    assert isinstance(value, Scalar)
    return value.text
