"""The tables of commands by which tools are driven: every key."""

import re

from autosyncd.config.compounds import Commands
from autosyncd.config.scalars import Choice, Flag, Number, Text
from autosyncd.config.settings import PATTERN_LIST
from autosyncd.config.structures import Key, MappingOf, Section
from autosyncd.config.table_kinds import ENTRY, INNER, PATH_LINE, PATHS, Expression
from autosyncd.config.table_parts import ANSWERS_FROM, AROUND, MERGE
from autosyncd.config.wording import quoted

BUILT_IN_VCS = ("auto", "git")
SHIPPED_VCS = ("hg", "svn", "bzr", "fossil", "darcs")

VCS_TABLE = Section(
    (
        Key(
            "detect",
            ENTRY,
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
        Key("add", Commands(PATHS), "`[]`", "after a path appeared; `{path}` or `{paths}`"),
        Key("remove", Commands(PATHS), "`[]`", "after a path vanished; `{path}` or `{paths}`"),
        Key("modify", Commands(PATHS), "`[]`", "after a path changed; `{path}` or `{paths}`"),
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
        Key("changes_new", PATH_LINE, "none", "which lines of `changes` are unknown paths"),
        Key("changes_known", PATH_LINE, "none", "which lines of `changes` are known paths"),
        Key(
            "changes_turned",
            PATH_LINE,
            "none",
            "which lines of `changes` are files that became links, or the like: `remove` and `add`"
            " tell of them",
        ),
        Key("files", Commands(), "`[]`", "prints all files the tool knows, one a line"),
        Key("files_line", PATH_LINE, "the whole line", "where the path is in a line of `files`"),
        Key(
            "programs",
            Commands(),
            "`[]`",
            "prints the files that are executable to the tool, one a line, where it does not look"
            " at the files for that",
        ),
        Key(
            "programs_line",
            PATH_LINE,
            "the whole line",
            "where the path is in a line of `programs`",
        ),
        Key("program", Commands(PATHS), "`[]`", "after a file became executable"),
        Key("no_program", Commands(PATHS), "`[]`", "after a file ceased to be executable"),
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
            INNER,
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
            Commands(PATHS),
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
