"""The patterns do what git does: git itself is asked, in a real tree."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from autosyncd.core.ignoring import BUILT_IN, compile_file, compile_lines

FOLDERS = (b"a", b"b", b"ab", b"a.b", b"-x", b"\xff")
FILES = (
    *(b"a", b"b", b"ab", b"ba", b"aab", b"abb", b"a.b", b"b.a", b"A", b"*", b"?", b"[a]", b"!a"),
    *(b"#a", b"\\a", b"a ", b" a", b"a\t", b"a\n", b"\na", b"-", b"]", b"^", b"\xffa", b"\x7f"),
    *(b"a\\", b"a b", b"\xc3\xa4", b"a[", b"a-b", b"1", b"_", b"\x0b", b"\r", b"a\r"),
)
PIECES = (
    *(b"a", b"b", b"ab", b"a", b"b", b".", b"*", b"*", b"**", b"**/", b"/**", b"/**/", b"/", b"/"),
    *(b"?", b"[ab]", b"[!a]", b"[^b]", b"[a-b]", b"[]a]", b"[[:alpha:]]", b"[[:punct:]-]", b"[a"),
    *(b"\\", b"\\*", b"\\ ", b" ", b"\t", b"!", b"#", b"\\#", b"\\!", b"\xff", b"\r", b"[b-]"),
    *(
        b"[\\]a]",
        b"[[:space:]]",
        b"[[:x:]]",
        b"[[:a]",
        b"A",
        b"-",
        b"]",
        b"[]-a]",
        b"[--a]",
        b"[[::]]",
    ),
)
LINE = st.one_of(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map(b"".join),
    st.builds(
        lambda *parts: b"".join(parts),
        st.sampled_from((b"", b"!", b"/", b"!/", b"**/")),
        st.sampled_from((b"a", b"*", b"a*", b"*b", b"a/b", b"a/*", b"a/**", b"*/a", b"ab")),
        st.sampled_from((b"", b"/", b" ", b"/**", b"/*", b"/a")),
    ),
)
RULES = st.lists(LINE, min_size=1, max_size=5).map(b"\n".join)


class Oracle:
    """A real repository, of whose every path git is asked."""

    def __init__(self, root: Path) -> None:
        self._root = os.fsencode(root)
        self._environment = {"PATH": os.environ["PATH"], "HOME": str(root), "LC_ALL": "C"}
        self._git("init", "--quiet", "--template=")
        self.paths = tuple(self._make())

    def _make(self) -> Iterator[bytes]:
        folders = [b"", *FOLDERS, *(one + b"/" + two for one in FOLDERS[:3] for two in FOLDERS[:3])]
        for folder in folders:
            os.makedirs(os.path.join(self._root, folder), exist_ok=True)
            for name in FILES:
                path = os.path.join(folder, name)
                if path not in folders:
                    with open(os.path.join(self._root, path), "wb"):
                        yield path

    def ignored(self, rules: bytes) -> set[bytes]:
        with open(os.path.join(self._root, b".gitignore"), "wb") as file:
            file.write(rules)
        out = self._git("check-ignore", "--no-index", "-z", "--stdin", stdin=self.paths)
        return set(out.split(b"\0")) - {b""}

    def _git(self, *arguments: str, stdin: tuple[bytes, ...] = ()) -> bytes:
        done = subprocess.run(
            ("git", *arguments),
            cwd=self._root,
            env=self._environment,
            input=b"".join(path + b"\0" for path in stdin),
            capture_output=True,
            check=False,
        )
        assert done.returncode in (0, 1), done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Oracle:
    return Oracle(tmp_path_factory.mktemp("oracle"))


@given(rules=RULES)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(rules=b"abc**/x\na**/b")
@example(rules=b"*\n!*/\n!a.b")
@example(rules=b"a\\ \na\\\\ \n b \r")
@example(rules=b"/\n!\n//\n!/\na//\n")
@example(rules=b"[[:alpha:]]\n[[:space:]]\n[[:cntrl:]]")
@example(rules=b"\xef\xbb\xbfa\nb\0a")
@example(rules=b"a/**\\/b\n**\\/a")
@example(rules=b"a/\n!a/b\n!a\n")
def test_covers_is_what_git_ignores(oracle: Oracle, rules: bytes) -> None:
    patterns = compile_file(rules)
    ours = {path for path in oracle.paths if patterns.covers(path)}
    assert ours == oracle.ignored(rules)


@pytest.mark.parametrize(
    "name",
    [
        "alnum",
        "alpha",
        "blank",
        "cntrl",
        "digit",
        "graph",
        "lower",
        "print",
        "punct",
        "space",
        "upper",
        "xdigit",
    ],
)
def test_named_classes_hold_the_bytes_that_git_thinks(tmp_path: Path, name: str) -> None:
    oracle = Oracle(tmp_path)
    oracle.paths = tuple(b"x" + bytes([byte]) for byte in range(1, 256) if byte != ord("/"))
    rules = b"x[[:%s:]]" % name.encode()
    ours = {path for path in oracle.paths if compile_file(rules).covers(path)}
    assert ours == oracle.ignored(rules)


def test_decide_tells_ignored_from_re_included_from_no_rule() -> None:
    patterns = compile_lines(["*.log", "!keep.log", "build/"])
    assert patterns.decide(b"deep/x.log", is_dir=False) is True
    assert patterns.decide(b"deep/keep.log", is_dir=False) is False
    assert patterns.decide(b"x.txt", is_dir=False) is None
    assert patterns.decide(b"build", is_dir=False) is None
    assert patterns.decide(b"build", is_dir=True) is True


def test_nothing_below_an_ignored_folder_can_be_re_included() -> None:
    patterns = compile_lines(["build/", "!build/keep"])
    assert patterns.covers(b"build/keep")


def test_lines_of_the_configuration_may_hold_any_bytes() -> None:
    patterns = compile_lines(["ä*", os.fsdecode(b"\xff*")])
    assert patterns.covers("äh".encode())
    assert patterns.covers(b"\xff1")
    assert not patterns.covers(b"a")


def test_no_patterns_cover_nothing() -> None:
    assert not compile_lines([])
    assert not compile_lines(["# only", "", "   "]).covers(b"a/b")


@pytest.mark.parametrize(
    "path",
    [
        *(
            b".note.txt.swp",
            b".note.txt.swo",
            b".note.txt.swx",
            b".note.txt.swpx",
            b".swp",
        ),
        *(b"note.txt~", b".#note.txt", b"#note.txt#", b".~lock.a.odt#", b"lu298752lstb.tmp"),
        *(b"~$letter.docx", b".goutputstream-DHIJZ3", b".note.txt.kate-swp", b"a.py___jb_tmp___"),
        *(b".nfs000000000188a4f300000001", b".fuse_hidden0000000c00000001", b".~tmp~/a"),
    ],
)
def test_what_programs_leave_beside_a_file_is_built_in(path: bytes) -> None:
    patterns = compile_lines(BUILT_IN)
    assert patterns.covers(path)
    assert patterns.covers(b"deep/" + path)


@pytest.mark.parametrize(
    "path",
    [
        *(
            b"note.txt",
            b".bashrc",
            b"sedentary",
            b"sedan.txt",
            b".name.backup",
            b"a.tmp",
            b"lunch.tmp",
        ),
        *(b"#1 hit.txt", b"#", b"a.swp", b".flash.swf", b"4913", b"$x", b"a.bak", b".nfsrc"),
    ],
)
def test_a_real_file_is_never_built_in(path: bytes) -> None:
    assert not compile_lines(BUILT_IN).covers(path)


def test_a_hundred_thousand_folders_are_classified_in_well_under_a_second() -> None:
    rules = [f"*.{ending}" for ending in ("o", "a", "so", "pyc", "class", "log", "tmp", "swp")]
    rules += ["node_modules/", "/build/", "docs/_build/", "**/target/debug", "!keep.log"]
    patterns = compile_lines([*BUILT_IN, *rules])
    folders = [b"src/part%d/item%d" % (n // 100, n) for n in range(100_000)]
    start = time.process_time()
    ignored = sum(bool(patterns.decide(path, is_dir=True)) for path in folders)
    assert ignored == 0
    assert time.process_time() - start < 2.0  # measured: about 0.4 s


def test_many_stars_do_not_take_for_ever() -> None:
    patterns = compile_lines(["*a" * 25 + "*b"])
    start = time.process_time()
    assert not patterns.covers(b"a" * 255)
    assert time.process_time() - start < 1.0
