"""The sections inside a tool's table: merges, the way around odd names, and kept answers."""

from autosyncd.config.compounds import Commands
from autosyncd.config.scalars import Flag
from autosyncd.config.structures import Key, Section
from autosyncd.config.table_kinds import INNER, PATH_LINE, REMOTE, Expression

MERGE = Section(
    (
        Key(
            "theirs",
            Commands(("theirs", *REMOTE)),
            "required",
            "makes a working copy of what the remote has in the new folder `{theirs}`; `{url}`,"
            " `{tip}`, `{repository}`, `{id}`: our last commit",
            required=True,
        ),
        Key(
            "copy",
            Commands(("copy", *REMOTE)),
            "required",
            "makes a working copy of the last commit in the new folder `{copy}`; `{url}`,"
            " `{repository}`, `{id}`",
            required=True,
        ),
        Key(
            "base",
            Commands(("base", "theirs", *REMOTE)),
            "required",
            "run in the copy: puts what both sides last had in common into the new folder `{base}`",
            required=True,
        ),
        Key(
            "merge",
            Commands(("theirs", *REMOTE)),
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
            Commands(("theirs", *REMOTE)),
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
            PATH_LINE,
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
            PATH_LINE,
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
        Key(key, INNER, "`[]`", f"as long as none of these files changes, `{key}` is not run")
        for key in ("head", "files", "programs", "remote_url", "unfinished")
    )
)
