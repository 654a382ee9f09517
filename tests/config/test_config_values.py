"""Durations, sizes, shares, paths, patterns and templates as people write them."""

import math
import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autosyncd.api.durations import parse_duration
from autosyncd.api.near import did_you_mean
from autosyncd.config.patterns import check_pattern
from autosyncd.config.templates import check_template
from autosyncd.config.values import expand_path, make_absolute, parse_share, parse_size
from autosyncd.config.wording import one_line

HOME = Path("/home/me")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5),
        ("5s", 5),
        ("2m", 120),
        ("1h", 3600),
        ("1d", 86_400),
        ("1.5h", 5400),
        (".5s", 0.5),
        ("0", 0),
        ("90", 90),
        (7, 7),
        (0.25, 0.25),
    ],
)
def test_durations_are_seconds(text: str | float, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "5x", "s", "1h30m", "1:30", "5 s", "1_0", "1e3", "+5", "٣s", "nan", "inf", "5S"]
)
def test_what_is_no_duration_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a duration; allowed: 500ms, 5s, 2m, 1h, 1d or"):
        parse_duration(text)


@pytest.mark.parametrize("number", [math.nan, True])
def test_numbers_that_are_no_duration_are_refused(number: float) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(number)


@pytest.mark.parametrize("text", ["-5s", -1, -0.5, -math.inf])
def test_a_duration_is_never_negative(text: str | float) -> None:
    with pytest.raises(ValueError, match="is negative"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["36501d", "9" * 5000, math.inf, 10**400])
def test_a_duration_that_would_overflow_clocks_is_refused(text: str | float) -> None:
    with pytest.raises(ValueError, match="longer than a hundred years") as caught:
        parse_duration(text)
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize(
    ("text", "meant"), [("5 s", "5s"), ("10sec", "10s"), ("2 Minutes", "2m"), ("1D", "1d")]
)
def test_a_duration_written_freely_gets_a_suggestion(text: str, meant: str) -> None:
    with pytest.raises(ValueError, match=rf"\(did you mean {meant}\?\)"):
        parse_duration(text)


@given(st.text())
def test_any_text_is_a_duration_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        assert parse_duration(text) >= 0


@pytest.mark.parametrize(
    ("text", "size"),
    [("100KB", 100_000), ("50MB", 50_000_000), ("1GB", 10**9), ("1.5KB", 1500), ("12", 12)],
)
def test_sizes_are_bytes_in_powers_of_1000(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("100M", r"is not a size.*did you mean 100MB\?"),
        ("1 gb", r"did you mean 1GB\?"),
        ("5MiB", r"did you mean 5MB\?"),
        ("-1", "is negative"),
        ("1.5", "not a whole number of bytes"),
        ("lots", "is not a size; allowed: 100KB"),
        ("9" * 100, "is not a size"),
    ],
)
def test_what_is_no_size_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_size(text)


def test_shares_are_percentages() -> None:
    assert [parse_share(text) for text in ("0%", "50%", "12.5%", "100%")] == [0, 0.5, 0.125, 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("101%", "more than everything"),
        ("0.5", r"did you mean 50%\?"),
        ("70", r"did you mean 70%\?"),
        ("-5%", "is not a percentage"),
        ("half", "is not a percentage; allowed: a percentage from 0% to 100%"),
    ],
)
def test_what_is_no_share_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_share(text)


def expanded(text: str, **environment: str) -> str:
    return str(expand_path(text, base=Path("/etc/autosync"), environment=environment, home=HOME))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("~", "/home/me"),
        ("~/docs", "/home/me/docs"),
        ("$D/x", "/data/x"),
        ("${D}x/$D", "/datax/data"),
        ("$HOME/docs", "/home/me/docs"),
        ("docs", "/etc/autosync/docs"),
        ("./docs/", "/etc/autosync/docs"),
        ("../docs", "/etc/docs"),
        ("/a$$b", "/a$b"),
        ("/a$", "/a$"),
        ("/a~b", "/a~b"),
    ],
)
def test_paths_are_expanded_and_absolute(text: str, path: str) -> None:
    assert expanded(text, D="/data") == path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("$NOPE/x", "variable NOPE is not set"),
        ("${NOPE}", "variable NOPE is not set"),
        ("$EMPTY/x", "variable EMPTY is empty"),
        ("/a/${D", r"'\$\{D' is not a variable"),
        ("/a/${}", "is not a variable"),
        ("", "is empty"),
        ("  ", "is empty"),
        ("~nobody-has-this-name/x", "no user"),
    ],
)
def test_a_path_that_means_nothing_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        expanded(text, EMPTY="", D="/data")


def test_symbolic_links_in_paths_stay(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert make_absolute(tmp_path, "link/docs") == tmp_path / "link" / "docs"
    assert make_absolute(tmp_path, "real/../link") == tmp_path / "link"


def test_two_dots_behind_a_symbolic_link_lead_where_the_kernel_goes(tmp_path: Path) -> None:
    (tmp_path / "far" / "real").mkdir(parents=True)
    (tmp_path / "link").symlink_to("far/real")
    found = make_absolute(tmp_path, "link/../docs")
    assert found == Path(os.path.realpath(tmp_path)) / "far" / "docs"


@pytest.mark.parametrize(
    "pattern",
    [
        "*.tmp",
        "/build/",
        "!keep",
        "a/**/b",
        "[a-z]x",
        "[]]",
        "[!]a]",
        r"[\]]",
        r"\[",
        "[[:alpha:]_]",
        r"\#x",
        "a b",
        "é",
        "[a-]",
        "[^a]",
        r"a\ ",
    ],
)
def test_patterns_that_git_understands_are_taken(pattern: str) -> None:
    assert check_pattern(pattern) == pattern


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("[a", "never closed"),
        ("x[", "never closed"),
        ("[]", "never closed"),
        ("[!", "never closed"),
        ("a\\", "lone backslash"),
        ("[z-a]", "the range z-a is the wrong way round"),
        ("[[:alfa:]]", r"no character class \[:alfa:\]"),
        ("#x", r"is a comment.*write '\\#x'"),
        ("", "matches nothing"),
        ("!", "matches nothing"),
        ("/", "matches nothing"),
        ("  ", "matches nothing"),
        ("a\nb", "more than one line"),
    ],
)
def test_patterns_that_git_would_silently_drop_are_refused(pattern: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_pattern(pattern)


@given(st.text("ab[]!^-\\:#/* \n"))
def test_any_pattern_is_taken_or_a_value_error(pattern: str) -> None:
    with suppress(ValueError):
        assert check_pattern(pattern) == pattern


@pytest.mark.parametrize("text", ["", "plain", "{a} and {b}", "{{x}}", "{{{a}}}", "{{", "a}}"])
def test_templates_with_known_placeholders_are_taken(text: str) -> None:
    assert check_template(text, ("a", "b")) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "{subjct}",
            r"unknown placeholder '\{subjct\}'; allowed: \{subject\}, .*mean \{subject\}\?",
        ),
        ("{subject", r"unbalanced \{; write \{\{"),
        ("subject}", r"unbalanced \}; write \}\}"),
        ("{}", "unknown placeholder"),
        ("{subject!r}", "unknown placeholder"),
        ("{x} {", "unknown placeholder.*unbalanced"),
    ],
)
def test_templates_with_anything_else_are_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_template(text, ("subject", "host"))


@given(st.text("{}ab!:. "))
def test_a_template_that_is_taken_can_be_filled_in(text: str) -> None:
    try:
        check_template(text, ("a", "b"))
    except ValueError:
        return
    assert isinstance(text.format_map({"a": "1", "b": "2"}), str)


def test_suggestions_see_through_dashes_and_capitals() -> None:
    assert did_you_mean("Max-Settle", ["settle", "max_settle"]) == " (did you mean max_settle?)"
    assert did_you_mean("xyz", ["settle"]) == ""


@given(st.text())
def test_a_message_is_one_printable_line(text: str) -> None:
    assert one_line(text).isprintable()
