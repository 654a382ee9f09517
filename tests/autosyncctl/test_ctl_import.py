"""`autosyncctl import`: the configuration of 2011, read back by the loader of today."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from autosyncctl.legacy.convert import convert
from autosyncctl.legacy.ini import parse
from autosyncctl.legacy.patterns import translate
from autosyncctl.legacy.write import document
from autosyncd.config.load import load
from autosyncd.config.model import Config, Secret
from autosyncd.core.ignoring import compile_lines
from tests.autosyncctl.conftest import Ran, Run
from tests.autosyncctl.legacy_files import EXAMPLE, MERCURIAL, plain


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return home


@pytest.fixture
def imported(run: Run, home: Path, tmp_path: Path) -> Callable[..., tuple[Config, Ran]]:
    """Import these texts and load the result as the daemon would."""

    def imported(*texts: str | bytes) -> tuple[Config, Ran]:
        files = []
        for number, text in enumerate(texts):
            files.append(tmp_path / f"old{number}")
            files[-1].write_bytes(text if isinstance(text, bytes) else text.encode())
        done = run("import", *map(str, files))
        assert done.code == 0, done.err
        return loaded(done.out, tmp_path, home), done

    return imported


def loaded(text: str, folder: Path, home: Path) -> Config:
    file = folder / "autosync.yaml"
    file.write_text(text)
    return load(file, environment={}, home=home)


Imported = Callable[..., tuple[Config, Ran]]


def test_every_key_of_the_example_is_taken_over_or_kept_and_reported(
    imported: Imported, home: Path
) -> None:
    config, done = imported(EXAMPLE)
    (docs,) = config.repositories
    assert (docs.path, docs.vcs, config.vcs) == (home / "amw", "git", ())
    assert (docs.pull_lock, docs.push_delay, docs.notify) == ("conservative", 5.0, "all")
    assert "/src/packages*" in docs.ignore
    assert "/src/android/ipv6config*" in docs.ignore
    xmpp = config.channels.xmpp
    assert xmpp
    assert (xmpp.jid, xmpp.also_notify) == ("me@example.org/laptop", "boss@example.org")
    assert xmpp.password == Secret(value='it\'s "100%" secret')
    for kept in ("pidfile = ~/.autosync.pid", "server = http://whatever", "your-password"):
        assert re.search(rf"(?m)^ *# .*{re.escape(kept)}", done.out)
    for reported in (":3: [autosync] pidfile", "[autosync-server] server", "chmod 600"):
        assert reported in done.err
    assert "your-password" not in done.err
    assert "secret" not in done.err


def test_mercurials_commands_are_those_of_the_built_in_backend(imported: Imported) -> None:
    config, _ = imported(plain("/home/me/hg", dvcs=MERCURIAL))
    assert (config.repositories[0].vcs, config.vcs, config.channels.xmpp) == ("hg", (), None)


def test_commands_of_ones_own_become_a_table_word_by_word(imported: Imported) -> None:
    config, done = imported(EXAMPLE.replace("git push", "git  push backup {now}"))
    (table,) = config.vcs
    assert config.repositories[0].vcs == table.name == "git-2011"
    assert table.detect == ".git"
    assert table.status == (("sh", "-c", 'git status | grep -iq "nothing to commit"'),)
    assert table.push == (("git", "push", "backup", "{{now}}"),)
    assert table.move == (("git", "rm", "{source}"), ("git", "add", "{target}"))
    assert table.commit == (("git", "commit", "-m", "{message}"),)
    assert table.modify == (("git", "add", "{path}"),)
    assert table.remote_url == (("git", "config", "--get", "remote.origin.url"),)
    assert "`vcs: git` uses it" in done.err


def test_a_tool_of_ones_own_with_an_empty_command_and_odd_words(imported: Imported) -> None:
    commands = (
        "[dvcs]\nstatuscmd = /opt/mytool status -q\naddcmd = /opt/mytool add --path=%s %s %s\n"
        "modifycmd =\ncommitcmd = /opt/mytool commit -m 'hi'\nlockcmd = mytool lock\n"
    )
    config, done = imported(plain("/x", dvcs=commands))
    (table,) = config.vcs
    assert (table.name, table.detect, table.modify) == ("mytool-2011", ".mytool", ())
    assert table.add == (("/opt/mytool", "add", "--path=%s", "{path}", "%s"),)
    for told in ("detect is guessed", "inside a word", "more %s than", "quotes were", "lockcmd"):
        assert told in done.err


def test_without_status_and_commit_the_commands_are_kept_as_comments(imported: Imported) -> None:
    config, done = imported(plain("/x", dvcs="[dvcs]\npushcmd = svn ci\n"))
    assert (config.vcs, config.repositories[0].vcs) == ((), "auto")
    assert "# [dvcs] pushcmd = svn ci" in done.out
    assert "without statuscmd and commitcmd" in done.err


def test_several_files_become_one_with_the_first_account(imported: Imported, home: Path) -> None:
    second = EXAMPLE.replace("~/amw", "~/mail").replace("me@example.org", "you@example.org")
    third = plain("~/docs", more="notifymethod = none")
    config, done = imported(EXAMPLE, second, third, EXAMPLE)
    amw, mail, docs = config.repositories
    assert [one.path for one in (amw, mail, docs)] == [home / n for n in ("amw", "mail", "docs")]
    assert (amw.channels, mail.channels, docs.channels) == (None, (), ())
    assert config.channels.xmpp
    assert config.channels.xmpp.jid == "me@example.org/laptop"
    assert '# jid: "you@example.org/laptop"' in done.out
    assert "old1: [xmpp] differs" in done.err
    assert "old3: ~/amw is in" in done.err
    assert docs.notify == "none"


def test_different_commands_for_the_same_program_get_tables_of_their_own(
    imported: Imported,
) -> None:
    one, two = (EXAMPLE.replace("= git pull", f"= git pull {name}") for name in ("a", "b"))
    config, _ = imported(one, two.replace("~/amw", "/two"), two.replace("~/amw", "/three"))
    assert [table.name for table in config.vcs] == ["git-2011", "git-2011-2"]
    assert [one.vcs for one in config.repositories] == ["git-2011", "git-2011-2", "git-2011-2"]


def test_the_parser_is_that_of_python_2(imported: Imported) -> None:
    text = (
        "; a comment\nREM another\n[DEFAULT]\nreadfrequency: 9\n[autosync]\n"
        "PATH = /first\npath : /second ; not this\nsyncmethod=none\n  # no comment\n"
        "pulllock=optimized\n\n  \nignorepath = a%(b)s\n\n   c\n"
    )
    config, done = imported(text)
    (one,) = config.repositories
    assert (one.path, one.push_delay, one.ignore) == (Path("/second"), 9.0, ("/c*",))
    assert "# [autosync] ignorepath = a%(b)s" in done.out
    assert "# [autosync] syncmethod = none\n    # # no comment" in done.out
    assert ":7: what follows the semicolon is a comment: ; not this" in done.err


def test_what_mail_did_to_the_example_is_mended_and_reported(imported: Imported) -> None:
    text = EXAMPLE.replace("\n    ", "\n").replace("[dvcs]", "[dcvs]")
    config, done = imported(text)
    assert config.repositories[0].vcs == "git"
    assert "/src/android/ipv6config*" in config.repositories[0].ignore
    assert "is not indented, and taken as more of movecmd" in done.err


@pytest.mark.parametrize(
    ("encoding", "path"),
    [("utf-8-sig", "/tmp/äöü"), ("utf-16", "/tmp/äöü"), ("utf-8", "/tmp/$x 'y\" \\n#:{[日本")],
)
def test_encodings(imported: Imported, encoding: str, path: str) -> None:
    config, _ = imported(plain(path).replace("\n", "\r\n").encode(encoding))
    assert config.repositories[0].path == Path(path)


def test_latin_1_stays_the_bytes_of_the_folder_and_the_letters_of_the_password(
    imported: Imported,
) -> None:
    text = EXAMPLE.replace("~/amw", "/tmp/ä").replace("secret", "geheim ä")
    config, _ = imported(text.encode("latin-1"))
    assert bytes(config.repositories[0].path) == b"/tmp/\xe4"
    assert config.channels.xmpp
    assert config.channels.xmpp.password.value == 'it\'s "100%" geheim ä'


def test_values_that_mean_nothing_are_kept_and_reported(imported: Imported) -> None:
    text = (
        EXAMPLE.replace("syncmethod = xmpp", "syncmethod = autosync-server")
        .replace("frequency = 5", "frequency = often")
        .replace("= conservative", "= none")
        .replace("= all", "= pigeon")
    )
    config, done = imported(text + "[new]\nkey = value\n")
    assert config.channels.xmpp is None
    assert config.repositories[0].push_delay == 5.0
    for key in ("syncmethod", "readfrequency", "pulllock", "notifymethod", "[xmpp] username"):
        assert re.search(rf"old0:\d+: .*{re.escape(key)} is kept as a comment", done.err)
    assert "# [new] key = value" in done.out


def test_the_placeholders_of_the_example_are_no_account(imported: Imported) -> None:
    config, done = imported(EXAMPLE.replace("me@example.org/laptop", "your XMPP id here"))
    assert config.channels.xmpp is None
    assert "# [xmpp] username = your XMPP id here" in done.out


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no section [autosync]"),
        (b"repositories:\n  - ~/docs\n", "line 1 stands before any [section]"),
        (b"[autosync]\nsyncmethod = xmpp\n", "has no [autosync] path"),
        (b"[autosync]\npath =\n", "line 2: path is empty"),
        (b"[autosync]\npath = /a\n  /b\n", "line 2: path has several lines"),
        (b"[autosync]\nthis is prose\n", "line 2 is no KEY = VALUE"),
        (b"[other]\npath = /a\n", "no section [autosync]"),
        (b"\x7fELF\0\0", "it is no text"),
        (b"\xff\xfe\x00\xd8\x00", "broken UTF-16"),
        (b"#" * 1_000_001, "more than 1000000 bytes"),
    ],
)
def test_a_bad_file_is_one_clear_error(
    run: Run, home: Path, tmp_path: Path, content: bytes, why: str
) -> None:
    file = tmp_path / "bad"
    file.write_bytes(content)
    done = run("import", str(file))
    assert (done.code, done.out) == (1, "")
    assert done.complaint.startswith(f"autosyncctl: cannot import {file}: ")
    assert why in done.complaint


@pytest.mark.parametrize("name", ["missing", ".", "a\0b", "/dev/zero"])
def test_what_is_no_file_is_one_clear_error(run: Run, home: Path, name: str) -> None:
    done = run("import", name)
    assert done.code == 1
    assert "cannot import" in done.complaint


def test_without_a_name_the_file_in_the_home_is_read(run: Run, home: Path) -> None:
    assert "there is neither" in run("import").complaint
    folder = home / ".config" / "autosync"
    folder.mkdir(parents=True)
    (folder / "one").write_text(plain("/one"))
    (folder / "two").write_text(plain("/two"))
    (folder / "autosync.yaml").write_text("repositories: []\n")
    both = loaded(run("import").out, home, home)
    assert [one.path for one in both.repositories] == [Path("/one"), Path("/two")]
    (home / ".autosync").write_text(plain("~/only"))
    (only,) = loaded(run("import").out, home, home).repositories
    assert only.path == home / "only"


def test_values_that_the_file_in_the_home_would_have_won_with_are_told(
    imported: Imported, home: Path
) -> None:
    (home / ".autosync").write_text(plain("~/other"))
    config, done = imported(plain("~/mine"))
    assert config.repositories[0].path == home / "mine"
    assert "there [autosync] path won; not so here" in done.err


def test_json_holds_the_yaml_and_the_notes(run: Run, home: Path) -> None:
    (home / ".autosync").write_text(EXAMPLE)
    done = run("import", "--json")
    answer = json.loads(done.out)
    assert loaded(answer["yaml"], home, home).repositories[0].path == home / "amw"
    assert answer["notes"][0]["file"] == str(home / ".autosync")
    assert {note["line"] for note in answer["notes"]} >= {None, 3}
    assert done.err == ""


# --- ignorepath: what the beginning of a path matched is ignored, and nothing else

_PARTS = st.sampled_from(["a", "b", "ab", "a.b", r"a\.b", "a.*b", "[ab]x", "[^a]", "!", r"\*", "é"])
_WORDS = st.lists(st.lists(_PARTS, min_size=1, max_size=3).map("".join), min_size=1, max_size=3)
_NAMES = st.text(alphabet="abx.!*é", min_size=1, max_size=4).filter(lambda n: n not in (".", ".."))


@given(_WORDS, st.sampled_from(["", "/", "$"]), st.lists(_NAMES, min_size=1, max_size=4))
def test_a_pattern_ignores_what_the_expression_matched(
    parts: list[str], end: str, names: list[str]
) -> None:
    word, path = "/".join(parts) + end, "/".join(names)
    patterns = translate(word)
    assume(patterns is not None)
    assert patterns is not None
    # A dot of 2011 could also be a slash, which no pattern can say. Paths were bytes in Python 2.
    expression = re.sub(r"(?<!\\)\.(?!\*)", "[^/]", word).replace("[^a]", "[^a/]").encode()
    parents = ("/".join(names[: n + 1]).encode() for n in range(len(names)))
    matched = any(re.match(expression, part) for part in parents)
    if end == "/":
        matched = bool(re.match(expression, path.encode()))
    assert compile_lines(patterns).covers(path.encode()) == matched, patterns


@pytest.mark.parametrize("word", ["a(b|c)", "a+", "a?b", "a|b", "(", "[", "a{2}", "\\d", "*a"])
def test_an_expression_that_no_pattern_can_say_is_none(word: str) -> None:
    assert translate(word) is None


@pytest.mark.parametrize("word", [".git", r"\.git", ".git/"])
def test_the_tools_own_folder_leaves_its_rule_files_alone(word: str) -> None:
    rules = compile_lines(translate(word) or ())
    assert rules.covers(b".gitfoo/x")
    assert not rules.covers(b".gitignore")


@given(st.text(max_size=200), st.text(max_size=30))
def test_whatever_the_values_are_the_result_is_free_of_mistakes_or_refused(
    tmp_path_factory: pytest.TempPathFactory, noise: str, value: str
) -> None:
    from autosyncd.errors import AutosyncError

    folder = tmp_path_factory.getbasetemp()
    text = EXAMPLE.replace("5\n", f"{value}\n").replace("git pull", f"git pull {value}")
    noise = noise.replace("\0", "")
    try:
        entry = convert(parse(text.replace("\0", "") + noise, "old"))
    except AutosyncError:
        return
    assume(not entry.path.startswith("~") or entry.path.startswith("~/"))
    assert loaded_bytes(document([entry]), folder).repositories


def loaded_bytes(text: str, folder: Path) -> Config:
    file = folder / "noise.yaml"
    file.write_bytes(text.encode())
    return load(file, environment={}, home=folder)
