"""The settings of one repository as a table: key, what it may hold, default, meaning."""

import re

from autosyncd.config.compounds import Message, Policy
from autosyncd.config.scalars import (
    Choice,
    Duration,
    Flag,
    PathText,
    Pattern,
    Share,
    Size,
    Text,
)
from autosyncd.config.structures import Key, ListOf, MappingOf, Section
from autosyncd.config.wording import quoted
from autosyncd.core.messages import PLACEHOLDERS

BUBBLES = Choice(("all", "problems", "none"))
PATTERN_LIST = ListOf(Pattern(), 'a list of gitignore patterns such as ["*.tmp", /build/]')

_WORD = r"[^\s-]\S*"
_NAME = Text("one line of readable text", r"(?!\s)[^\x00-\x1f\x7f-\x9f\ud800-\udfff]+(?<!\s)")
_SHORTEST_INTERVAL = 0.1


def _check_variable(name: str) -> None:
    if not re.fullmatch(r"[^=\s\x00]+", name):
        raise ValueError(
            f"{quoted(name)} can't name a variable; allowed: a name without = or space"
        )


_VARIABLES = MappingOf(
    Text("text", r"(?s).*", private=True, numbers=True),
    "a mapping from names of variables to text",
    _check_variable,
)

SETTINGS = (
    Key(
        "vcs",
        Text("auto, git, hg, or a name under the top-level vcs"),
        "`auto`",
        "the version control system: `auto`, `git`, `hg`, `svn`, `bzr`, `fossil`, `darcs`, or any"
        " name under the top-level `vcs:`",
    ),
    Key("settle", Duration(), "`5s`", "commit when nothing has changed for this long"),
    Key(
        "max_settle",
        Duration(),
        "`1m`",
        "under continuous writing, commit at least this often; never shorter than `settle` (where"
        " only `settle` is given and is longer, this is as long)",
    ),
    Key(
        "push_delay",
        Duration(),
        "`5s`",
        "after a commit, push when no further commit came for this long",
    ),
    Key(
        "pull_interval",
        Duration(least=_SHORTEST_INTERVAL),
        "`5m`",
        "also ask the remote this often, without any announcement; `0` never",
    ),
    Key(
        "remote",
        Text("the name of a remote, or none", _WORD),
        "the branch's upstream, else `origin`",
        "which remote to pull from and push to; `none`: commit only",
    ),
    Key(
        "sync",
        Choice(("both", "push", "pull", "commit")),
        "`both`",
        "`both`, `push` (never pull), `pull` (never push), `commit` (neither)",
    ),
    Key(
        "pull_lock",
        Choice(("optimized", "conservative")),
        "`optimized`",
        "`optimized`: events during a pull are recorded and replayed for the touched paths;"
        " `conservative`: the tree is fully re-scanned after each pull",
    ),
    Key(
        "ignore",
        PATTERN_LIST,
        "`[]`",
        "extra patterns, gitignore syntax, relative to `path`; the VCS's own ignore files always"
        " count",
    ),
    Key(
        "max_file_size",
        Size(),
        "`100MB`",
        "larger new or changed files are held; `0`: no limit",
    ),
    Key(
        "secrets",
        Choice(("hold", "allow")),
        "`hold`",
        "files that hold a private key or access token are held; `allow` commits them",
    ),
    Key(
        "max_delete",
        Share(),
        "`50%`",
        "a commit that would delete more than this share of the files (and at least 20), or empty"
        " the tree, waits for `approve`; `100%` never waits",
    ),
    Key(
        "on_conflict",
        Policy(),
        "`keep-both`",
        "`keep-both`, or `stop` (leave both sides untouched, state `blocked`); also a mapping from"
        " gitignore patterns to one of these or to `newest` (the later version wins, the other"
        " stays in history only: for files that programs write), of which the last that fits"
        " counts",
    ),
    Key(
        "commit_message",
        Message(PLACEHOLDERS),
        "what changed, on which host",
        "a template (see below), or `{command: [PROGRAM, ARGUMENT…]}` whose stdout is the message",
    ),
    Key(
        "commit_hooks",
        Flag(),
        "`false`",
        "run the repository's `pre-commit` and `commit-msg` hooks for automatic commits, with a"
        " time limit; `pre-push` hooks (Git LFS) always run",
    ),
    Key(
        "watch",
        Choice(("auto", "inotify", "poll")),
        "`auto`",
        "`inotify`, `poll`, or `auto` (poll where inotify can't see, such as NFS)",
    ),
    Key(
        "poll_interval",
        Duration(zero=False, least=_SHORTEST_INTERVAL),
        "`30s`",
        "how often the tree is looked at where it is polled",
    ),
    Key(
        "channels",
        ListOf(Text("the name of a channel"), "a list of names under the top-level channels"),
        "all configured",
        "which announcement channels this repository uses",
    ),
    Key(
        "peer_url",
        Text("a URL or path that git can fetch from", _WORD, private=True),
        "none",
        "the URL under which other machines can fetch straight from this working copy",
    ),
    Key(
        "peers",
        ListOf(
            Text("authenticated, or a pattern of URLs", _WORD, private=True),
            "a list of authenticated and patterns such as [ssh://laptop/*]",
        ),
        "`[authenticated]`",
        "from which other machines that tell their `peer_url` commits are fetched first:"
        " `authenticated` (over XMPP, or a reflector with a key), and patterns of URLs; `[]`: none",
    ),
    Key(
        "notify",
        BUBBLES,
        "as `notifications.desktop`",
        "`all`, `problems`, `none`: which bubbles this repository gets",
    ),
    Key(
        "env",
        _VARIABLES,
        "`{}`",
        "extra environment for the VCS commands of this repository",
    ),
)

_SETTING_NAMES = tuple(key.name for key in SETTINGS)
_REPOSITORY_ONLY = {"path": "repositories[].path", "name": "repositories[].name"}
_IN_DEFAULTS = {name: f"defaults.{name}" for name in _SETTING_NAMES}

DEFAULTS = Section(SETTINGS, elsewhere=_REPOSITORY_ONLY)

REPOSITORY = Section(
    (
        Key(
            "path",
            PathText(),
            "required",
            "the watched directory: a repository's root, or a folder inside one",
            required=True,
        ),
        Key(
            "name",
            _NAME,
            "last part of `path`",
            "what `autosyncctl` and logs call it; must be unique (where the last parts of two"
            " paths are the same, their paths are the names)",
        ),
        *SETTINGS,
    )
)
