"""The tables of commands by which tools are driven: every key, and what must fit together."""

import re
from dataclasses import dataclass
from typing import Any

from autosyncd.config.compounds import Commands
from autosyncd.config.place import Place
from autosyncd.config.scalars import Choice, Flag, Number, Text, read_scalar, text_of
from autosyncd.config.settings import PATTERN_LIST
from autosyncd.config.structures import Block, Key, ListOf, MappingOf, Section
from autosyncd.config.tree import Node, Scalar
from autosyncd.config.wording import quoted

BUILT_IN_VCS = ("auto", "git")
SHIPPED_VCS = ("hg", "svn", "bzr", "fossil", "darcs")

_ENTRY = Text("the name of a file or folder in a repository's root", r"(?!\.{1,2}$)[^/]+")
_INNER = ListOf(
    Text("a path inside a repository", r"(?!/)(?!(?:.*/)?\.{1,2}(?:/|$)).+"),
    "a list of paths relative to a repository's root such as [.mytool/head]",
)
_PATHS = ("path", "paths")
_REMOTE = ("url", "tip", "repository", "id")


@dataclass(frozen=True, slots=True)
class Expression:
    """A regular expression (Python's re) that finds `groups` of a line."""

    groups: tuple[str, ...]

    @property
    def allowed(self) -> str:
        named = " and ".join(f"(?P<{name}>…)" for name in self.groups)
        return f"allowed: a regular expression with {named}"

    def read(self, node: Node, place: Place) -> Any:
        return read_scalar(self, node, place, self._parse)

    def _parse(self, scalar: Scalar) -> str:
        text = text_of(scalar, self.allowed)
        try:
            found = re.compile(text)
        except re.error as error:
            raise ValueError(f"{quoted(text)}: {error.msg}; {self.allowed}") from error
        if missing := [name for name in self.groups if name not in found.groupindex]:
            raise ValueError(f"{quoted(text)} has no (?P<{missing[0]}>…); {self.allowed}")
        return text


_PATH_LINE = Expression(("path",))

MERGE = Section(
    (
        Key(
            "theirs",
            Commands(("theirs", *_REMOTE)),
            "required",
            "makes a working copy of what the remote has in the new folder `{theirs}`; `{url}`,"
            " `{tip}`, `{repository}`, `{id}`: our last commit",
            required=True,
        ),
        Key(
            "copy",
            Commands(("copy", *_REMOTE)),
            "required",
            "makes a working copy of the last commit in the new folder `{copy}`; `{url}`,"
            " `{repository}`, `{id}`",
            required=True,
        ),
        Key(
            "base",
            Commands(("base", "theirs", *_REMOTE)),
            "required",
            "run in the copy: puts what both sides last had in common into the new folder `{base}`",
            required=True,
        ),
        Key(
            "merge",
            Commands(("theirs", *_REMOTE)),
            "required",
            "run in the copy: merges `{theirs}`, or `{tip}`; conflicts are no failure",
            required=True,
        ),
        Key(
            "commit",
            Commands(("message",)),
            "required",
            "run in the copy: commits the merge; `{message}`",
            required=True,
        ),
        Key(
            "resolved",
            Commands(("theirs", *_REMOTE)),
            "`[]`",
            "run in the copy: no file is in conflict any more; a failure stops the merge",
        ),
        Key(
            "publish",
            Commands(("url",)),
            "required",
            "run in the copy: gives the merge to the remote",
            required=True,
        ),
        Key(
            "advance",
            Commands(("copy", "id")),
            "required",
            "takes in what `{copy}`, or the copy of the remote, has more; `{id}` is its last"
            " commit",
            required=True,
        ),
        Key(
            "clear",
            Flag(),
            "`false`",
            "before `advance` a file makes way for a folder, and a folder of such for a file",
        ),
        Key(
            "finish",
            Flag(),
            "`false`",
            "`advance` notes its end before it has changed the files: one that was broken off is"
            " finished by autosync",
        ),
        Key("close", Commands(), "`[]`", "run in every copy before it is taken away"),
    )
)

AROUND = Section(
    (
        Key(
            "known",
            Commands(),
            "required",
            "prints all files and folders the tool knows, one a line",
            required=True,
        ),
        Key(
            "known_line",
            Expression(("id", "path")),
            "required",
            "where `path` is in a line of `known`, and as `id` the number of the commit it is of;"
            " none if it is in no commit",
            required=True,
        ),
        Key(
            "changes",
            Commands(("paths",)),
            "required",
            "prints what `changes` does, of `{paths}` alone and what is in them",
            required=True,
        ),
        Key(
            "incoming",
            Commands(("since",)),
            "required",
            "prints the remote's commits since `{since}`, with the paths that they changed",
            required=True,
        ),
        Key(
            "incoming_line",
            _PATH_LINE,
            "required",
            "where `path` is in a line of a path, and `gone` if it was deleted",
            required=True,
        ),
        Key(
            "commit_line",
            Expression(("id",)),
            "required",
            "where `id` is in the line before those of a commit's paths",
            required=True,
        ),
        Key(
            "place_line",
            _PATH_LINE,
            "required",
            "where `path`, as in a URL, tells what paths of the tree begin with there",
            required=True,
        ),
        Key(
            "pull",
            Commands(("paths",)),
            "required",
            "brings `{paths}` alone to what the remote has",
            required=True,
        ),
        Key(
            "folder",
            Commands(("path", "url")),
            "required",
            "makes the folder `{path}`, of which the tool knows nothing, a known one, here and at"
            " `{url}`, its own address",
            required=True,
        ),
    )
)

ANSWERS_FROM = Section(
    tuple(
        Key(key, _INNER, "`[]`", f"as long as none of these files changes, `{key}` is not run")
        for key in ("head", "files", "programs", "remote_url", "unfinished")
    )
)

VCS_TABLE = Section(
    (
        Key(
            "detect",
            _ENTRY,
            "required",
            "the file or folder that marks a repository's root",
            required=True,
        ),
        Key(
            "status",
            Commands(),
            "required",
            "exit code 0: nothing to commit",
            required=True,
        ),
        Key(
            "status_output",
            Flag(),
            "`false`",
            "output of `status`, not its exit code, means that there is something to commit",
        ),
        Key("add", Commands(_PATHS), "`[]`", "after a path appeared; `{path}` or `{paths}`"),
        Key("remove", Commands(_PATHS), "`[]`", "after a path vanished; `{path}` or `{paths}`"),
        Key("modify", Commands(_PATHS), "`[]`", "after a path changed; `{path}` or `{paths}`"),
        Key(
            "move",
            Commands(("source", "target")),
            "`[]`",
            "after a path was renamed; `{source}`, `{target}`. Without it: `remove` and `add`",
        ),
        Key(
            "startup",
            Commands(),
            "`[]`",
            "once, before the first commit, if nobody knows what changed",
        ),
        Key(
            "commit",
            Commands(("message", "file", "paths")),
            "required",
            "makes the commit; `{message}` or the `{file}` that holds it, and `{paths}` if only"
            " those are committed",
            required=True,
        ),
        Key("push", Commands(("url",)), "`[]`", "gives commits to the remote; `{url}`"),
        Key("pull", Commands(("url",)), "`[]`", "fetches and integrates; `{url}`"),
        Key("remote_url", Commands(), "`[]`", "prints the remote's URL"),
        Key("ignore", PATTERN_LIST, "`[]`", "what the tool itself keeps in the tree"),
        Key(
            "changes",
            Commands(),
            "`[]`",
            "prints what differs from the last commit, one path a line. Without it changes are"
            " found by comparing with what was there at the last commit",
        ),
        Key("changes_new", _PATH_LINE, "none", "which lines of `changes` are unknown paths"),
        Key("changes_known", _PATH_LINE, "none", "which lines of `changes` are known paths"),
        Key(
            "changes_turned",
            _PATH_LINE,
            "none",
            "which lines of `changes` are files that became links, or the like: `remove` and `add`"
            " tell of them",
        ),
        Key("files", Commands(), "`[]`", "prints all files the tool knows, one a line"),
        Key("files_line", _PATH_LINE, "the whole line", "where the path is in a line of `files`"),
        Key(
            "programs",
            Commands(),
            "`[]`",
            "prints the files that are executable to the tool, one a line, where it does not look"
            " at the files for that",
        ),
        Key(
            "programs_line",
            _PATH_LINE,
            "the whole line",
            "where the path is in a line of `programs`",
        ),
        Key("program", Commands(_PATHS), "`[]`", "after a file became executable"),
        Key("no_program", Commands(_PATHS), "`[]`", "after a file ceased to be executable"),
        Key("head", Commands(), "`[]`", "prints the last commit"),
        Key(
            "head_line",
            Expression(("id",)),
            "the first word",
            "finds `id`, and if it can `time` and `subject`, in the output of `head`",
        ),
        Key("answers_from", ANSWERS_FROM, "none", "when the tool need not be asked again"),
        Key("fetch", Commands(("url",)), "`[]`", "gets what the remote has; no file is touched"),
        Key(
            "incoming",
            Commands(("url",)),
            "`[]`",
            "prints what the remote has more than we, one a line. Without it every fetch pulls",
        ),
        Key(
            "incoming_line",
            Expression(()),
            "any line",
            "which lines of `incoming` count, or where in one their `count` is; with `central`,"
            " where `path` is in them",
        ),
        Key(
            "tip_line",
            Expression(("id",)),
            "none",
            "finds the remote's id in `incoming`; without `central` it is `{tip}` for `merge`",
        ),
        Key(
            "outgoing",
            Commands(("url", "tip")),
            "`[]`",
            "prints what we have more, one a line; `{url}`, `{tip}`",
        ),
        Key(
            "outgoing_line",
            Expression(()),
            "any line",
            "which lines of `outgoing` count, or where in one their `count` is",
        ),
        Key(
            "rejected",
            Expression(()),
            "none",
            "what the tool says when the remote has moved and is not to be overwritten",
        ),
        Key(
            "failed",
            Expression(()),
            "none",
            "what the tool complains of when it failed and its exit code is 0 all the same",
        ),
        Key(
            "nothing",
            Expression(()),
            "none",
            "what the tool says when there was nothing to do and its exit code is not 0",
        ),
        Key(
            "locks",
            _INNER,
            "`[]`",
            "the tool's lock files; one that a killed tool left on this machine is moved aside",
        ),
        Key(
            "repository",
            Commands(),
            "`[]`",
            "prints where the repository is that the working copy belongs to, for `{repository}`",
        ),
        Key(
            "unfinished",
            Commands(),
            "`[]`",
            "prints what of yours is half done, a merge for example: nothing is touched until then",
        ),
        Key("unfinished_line", Expression(()), "any line", "which lines of `unfinished` count"),
        Key(
            "unfinished_cure",
            Text("a text such as `run mytool finish`"),
            "none",
            "what the user can do about it, if that is not to finish or undo it with the tool",
        ),
        Key(
            "central",
            Flag(),
            "`false`",
            "a commit goes to the remote at once and needs it; `pull` merges what is not committed",
        ),
        Key(
            "revert",
            Commands(_PATHS),
            "`[]`",
            "with `central`: makes a path what it was in the last commit; `{path}` or `{paths}`",
        ),
        Key(
            "around",
            AROUND,
            "none",
            "with `central` and `names: utf-8`: what is run where a name is in the tree in which"
            " the tool's other commands fail",
        ),
        Key("merge", MERGE, "none", "how diverged commits are merged beside the tree"),
        Key("folders", Flag(), "`false`", "folders are added, committed and removed, too"),
        Key(
            "folder_first",
            Flag(),
            "`false`",
            "a file takes the name of a removed folder with the commit after that",
        ),
        Key("links", Flag(), "`true`", "symbolic links can be kept"),
        Key("links_listed", Flag(), "`true`", "`changes` lists symbolic links, too"),
        Key("modes", Flag(), "`true`", "the tool knows which files are executable"),
        Key(
            "names",
            Choice(("bytes", "utf-8")),
            "`bytes`",
            "what names the tool can keep; never those with a line break",
        ),
        Key(
            "longest_name",
            Number(most=255),
            "`255`",
            "how many bytes the name of a file may have",
        ),
    )
)


def _check_vcs_name(name: str) -> None:
    if name in BUILT_IN_VCS:
        raise ValueError(f"{quoted(name)} is built in; give the tool another name")
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name):
        raise ValueError(f"{quoted(name)} can't name a tool; allowed: letters, digits, _ . and -")


TOOLS = MappingOf(
    VCS_TABLE, "a mapping from names of tools to their commands", _check_vcs_name, placed=True
)

_TOGETHER = (
    ("changes", ("changes_new", "changes_known")),
    ("changes_new", ("changes",)),
    ("changes_known", ("changes",)),
    ("changes_turned", ("changes", "remove", "add")),
    ("files_line", ("files",)),
    ("programs", ("changes", "files", "program", "no_program")),
    ("programs_line", ("programs",)),
    ("program", ("programs",)),
    ("no_program", ("programs",)),
    ("head_line", ("head",)),
    ("incoming_line", ("incoming",)),
    ("outgoing_line", ("outgoing",)),
    ("unfinished_line", ("unfinished",)),
    ("unfinished_cure", ("unfinished",)),
    ("tip_line", ("incoming",)),
    ("revert", ("central",)),
    ("central", ("changes", "revert", "incoming", "incoming_line", "tip_line", "rejected")),
    ("around", ("central", "remove", "remote_url")),
    ("merge", ("changes", "head", "incoming", "outgoing")),
    ("incoming", ("pull",)),
    ("fetch", ("incoming",)),
)
"""A key, and those that it means nothing without."""


def check_tools(tools: Block) -> None:
    """Note what is missing from tables whose keys are right one by one."""
    for name in tools.keys:
        table = tools.block(name)
        present = set(table.keys) | table.broken
        for key, needed in _TOGETHER:
            if key not in table.keys or table.get(key) in ((), False):
                continue
            if missing := [o for o in needed if o not in present or table.get(o) in ((), False)]:
                all_ = "all" if len(missing) > 1 else "both"
                keys = ", ".join(missing)
                table.keys[key].place.wrong(f"needs {keys}, too; give {all_} or none")
        _check_paths(table)


def _check_paths(table: Block) -> None:
    """`{path}` is one path, `{paths}` as many as there are."""
    for key in ("add", "remove", "modify", "revert", "program", "no_program"):
        for command in table.get(key) or ():
            if any("{path}" in word for word in command) and _many(command):
                table.keys[key].place.wrong("{path} and {paths} can't be in one command")
    if table.get("central") and not any(_many(command) for command in table.get("commit") or ()):
        table.keys["central"].place.wrong("needs {paths} in commit")


def _many(command: tuple[str, ...]) -> bool:
    return any("{paths}" in word for word in command)
