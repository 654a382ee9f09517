"""Settings of repositories: what is read, what is refused, and in which words."""

import re
from pathlib import Path

import pytest

from autosyncd.config.model import MessageCommand, RepositorySettings
from tests.config.config_loader import Loader


def test_without_settings_everything_is_as_the_contract_says(loader: Loader) -> None:
    assert loader.one() == RepositorySettings(
        path=Path("/r"),
        name="r",
        vcs="auto",
        settle=5,
        max_settle=60,
        push_delay=5,
        pull_interval=300,
        remote=None,
        sync="both",
        pull_lock="optimized",
        ignore=(),
        max_file_size=100_000_000,
        secrets="hold",
        max_delete=0.5,
        on_conflict=(("*", "keep-both"),),
        commit_message=None,
        commit_hooks=False,
        watch="auto",
        poll_interval=30,
        channels=None,
        peer_url=None,
        notify=None,
        env={},
    )


def test_every_setting_is_read(loader: Loader) -> None:
    config = loader.load("""\
        channels: {ssh: {}, reflector: {url: "tls://example.org"}}
        repositories:
          - path: ~/notes
            name: my notes
            vcs: git
            settle: 500ms
            max_settle: 2m
            push_delay: 0
            pull_interval: 1h
            remote: backup
            sync: push
            pull_lock: conservative
            ignore: ["*.tmp", /build/]
            max_file_size: 1GB
            secrets: allow
            max_delete: 100%
            on_conflict: {"*.db": newest, /x/: stop}
            commit_message: "{name}: {{{count}}}"
            commit_hooks: yes
            watch: poll
            poll_interval: 1m
            channels: [ssh]
            peer_url: ssh://laptop/~/notes
            notify: problems
            env: {A: text, B: 1, C: ""}
    """)
    assert config.repositories == (
        RepositorySettings(
            path=loader.home / "notes",
            name="my notes",
            vcs="git",
            settle=0.5,
            max_settle=120,
            push_delay=0,
            pull_interval=3600,
            remote="backup",
            sync="push",
            pull_lock="conservative",
            ignore=("*.tmp", "/build/"),
            max_file_size=10**9,
            secrets="allow",
            max_delete=1,
            on_conflict=(("*", "keep-both"), ("*.db", "newest"), ("/x/", "stop")),
            commit_message="{name}: {{{count}}}",
            commit_hooks=True,
            watch="poll",
            poll_interval=60,
            channels=("ssh",),
            peer_url="ssh://laptop/~/notes",
            notify="problems",
            env={"A": "text", "B": "1", "C": ""},
        ),
    )


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ("settel: 1s", r"settel: unknown key; allowed: path, .*\(did you mean settle\?\)"),
        ("max-settle: 1s", r"'?max-settle'?: unknown key; .*\(did you mean max_settle\?\)"),
        ("settle: 5x", "settle: '5x' is not a duration; allowed: 500ms"),
        ("settle: -1", "settle: -1 is negative"),
        ("settle: 1:30", "settle: '1:30' is not a duration"),
        ("settle: [5s]", "settle: must be a single value, not a list; allowed: 500ms"),
        ("settle: {a: b}", "settle: must be a single value, not a mapping"),
        ("settle: ", "settle: has no value; allowed: 500ms"),
        ("settle: yes", "settle: 'yes' is a boolean; allowed: 500ms"),
        ("pull_interval: 10ms", "pull_interval: '10ms' is too short; at least 100ms, or 0"),
        ("poll_interval: 0", "poll_interval: '0' is too short; at least 100ms is allowed"),
        ("max_settle: 3s", r"max_settle: max_settle \(3s, .*\) is shorter than settle \(5s, the"),
        ("max_file_size: 100M", r"max_file_size: '100M' is not a size; .*did you mean 100MB\?"),
        ("max_delete: 0.5", r"max_delete: '0.5' is not a percentage; .*did you mean 50%\?"),
        ("sync: pusch", r"sync: 'pusch' is unknown; allowed: both, .*did you mean push\?"),
        ("notify: off", r"notify: 'off' is unknown; .*did you mean none\?"),
        ("secrets: 5", "secrets: '5' is unknown; allowed: hold, allow"),
        ("commit_hooks: 'no'", "commit_hooks: 'no' is neither true nor false"),
        ("commit_hooks: 1", "commit_hooks: '1' is neither true nor false"),
        ("remote: -x", "remote: '-x' can't be used here; allowed: the name of a remote"),
        ("remote: ''", "remote: is empty"),
        ("remote: off", "remote: must be text, not a boolean: put it in quotes"),
        ("name: 5", "name: must be text, not a number: put it in quotes"),
        ("name: 2024-01-01", "name: must be text, not a date"),
        ('name: "a\\nb"', "name: 'a b' can't be used here; allowed: one line"),
        ("name: ' x'", "name: ' x' can't be used here"),
        ("ignore: '*.tmp'", "ignore: must be a list; allowed: a list of gitignore patterns"),
        ("ignore: ['[a']", r"ignore\[0\]: '\[a' is no gitignore pattern"),
        ("ignore: [a, '#b']", r"ignore\[1\]: '#b' is a comment"),
        ("vcs: gti", r"vcs: 'gti' is unknown; allowed: auto, git, hg, .*did you mean git\?"),
        ("on_conflict: newest", r"on_conflict: 'newest' is unknown; allowed: keep-both, stop; or"),
        ("on_conflict: [a]", "on_conflict: must be a single value, not a list"),
        ("on_conflict: {'*': nwest}", r"on_conflict.'\*': 'nwest' is unknown; .*mean newest\?"),
        ("on_conflict: {'!a': stop}", "on_conflict.'!a': '!a' negates"),
        ("on_conflict: {'[': stop}", "on_conflict.'\\[': '\\[' is no gitignore pattern"),
        ("commit_message: ''", "commit_message: is empty"),
        ("commit_message: '{nmae}'", r"commit_message: unknown placeholder '{nmae}'.*{name}\?"),
        ("commit_message: 'a {'", "commit_message: unbalanced {"),
        (
            "commit_message: {subject}",
            "commit_message: must be a text, in quotes where it begins with a brace",
        ),
        ("commit_message: {command: ls}", "commit_message.command: must be a list that begins"),
        ("commit_message: {command: []}", "commit_message.command: must be a list that begins"),
        ("commit_message: {command: ['']}", "commit_message.command: the program's name is empty"),
        ("channels: [xmpp]", "channels: there is no channel 'xmpp'; add xmpp to the top-level"),
        ("channels: [smoke]", "channels: there is no channel 'smoke'; configured are: none"),
        ("channels: xmpp", "channels: must be a list"),
        ("peer_url: ' x'", "peer_url: this can't be used here"),
        ("env: [A]", "env: must be a mapping"),
        ("env: {'A=B': x}", "env.'A=B': 'A=B' can't name a variable"),
        ("env: {A: no}", "env.A: must be text, not a boolean: put it in quotes"),
        ("env: {A: [x]}", "env.A: must be a single value, not a list"),
    ],
)
def test_a_wrong_setting_is_one_mistake_that_says_what_is_allowed(
    loader: Loader, settings: str, problem: str
) -> None:
    found = loader.setting_problem(settings)
    assert re.match(rf"autosync\.yaml:1: repositories\[0\]\.(?:{problem})", found), found


def test_a_commit_message_can_come_from_a_program(loader: Loader) -> None:
    assert loader.one("commit_message: {command: [say, '{x}', 1]}").commit_message == (
        MessageCommand(("say", "{x}", "1"))
    )


def test_one_policy_can_count_for_all_conflicts(loader: Loader) -> None:
    assert loader.one("on_conflict: stop").on_conflict == (("*", "stop"),)


def test_a_longer_settle_alone_takes_max_settle_along(loader: Loader) -> None:
    assert loader.one("settle: 2m").max_settle == 120


def test_max_settle_from_the_defaults_must_fit_a_repository_s_settle(loader: Loader) -> None:
    problem = loader.problem("""\
        defaults:
          max_settle: 10s
        repositories:
          - path: /r
            settle: 20s
    """)
    assert problem.startswith("autosync.yaml:5: repositories[0].settle: max_settle (10s, ")
    assert "autosync.yaml:2) is shorter than settle (20s" in problem


def test_defaults_that_do_not_fit_each_other_are_one_mistake(loader: Loader) -> None:
    problem = loader.problem("""\
        defaults: {settle: 20s, max_settle: 10s}
        repositories: [/a, /b, /c]
    """)
    assert problem.startswith("autosync.yaml:1: defaults.max_settle: ")


def test_a_repository_s_own_setting_replaces_that_of_the_defaults(loader: Loader) -> None:
    config = loader.load("""\
        defaults: {settle: 1s, push_delay: 2s, env: {A: "1"}, ignore: [x]}
        repositories: [/a, {path: /b, settle: 3s, env: {B: "2"}, ignore: []}]
    """)
    a, b = config.repositories
    assert (a.settle, a.push_delay, a.env, a.ignore) == (1, 2, {"A": "1"}, ("x",))
    assert (b.settle, b.push_delay, b.env, b.ignore) == (3, 2, {"B": "2"}, ())


@pytest.mark.parametrize("key", ["path", "name"])
def test_path_and_name_can_not_stand_under_defaults(loader: Loader, key: str) -> None:
    problem = loader.problem(f"defaults: {{{key}: x}}")
    assert problem.startswith(f"autosync.yaml:1: defaults.{key}: does not belong here; allowed: ")
    assert problem.endswith(f"(did you mean repositories[].{key}?)")


def test_a_setting_at_the_top_is_sent_to_the_defaults(loader: Loader) -> None:
    problem = loader.problem("settle: 5s")
    assert problem.startswith("autosync.yaml:1: settle: does not belong here; allowed: defaults, ")
    assert problem.endswith("(did you mean defaults.settle?)")


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("''", "repositories[0]: is empty; allowed: a path"),
        ("~", "repositories[0]: has no value; allowed: a path"),
        ("5", "repositories[0]: must be text, not a number"),
        ("[/a]", "repositories[0]: must be a mapping; allowed: a mapping with the keys path"),
        ("{name: x}", "repositories[0].path: is missing; allowed: a path"),
        ("{path: ''}", "repositories[0].path: is empty; allowed: a path"),
        ("$NOPE/x", "repositories[0]: the variable NOPE is not set"),
    ],
)
def test_an_entry_without_a_usable_path_is_a_mistake(
    loader: Loader, entry: str, problem: str
) -> None:
    assert loader.problem(f"repositories: [{entry}]").startswith(f"autosync.yaml:1: {problem}")


def test_a_lone_tilde_is_explained(loader: Loader) -> None:
    assert '(did you mean "~" in quotes?)' in loader.problem("repositories: [~]")


def test_repositories_must_be_a_list(loader: Loader) -> None:
    assert "repositories: must be a list; allowed: a list of paths" in loader.problem(
        "repositories: {docs: ~/docs}"
    )


def test_sections_in_which_everything_is_commented_out_are_empty(loader: Loader) -> None:
    config = loader.load("defaults:\nrepositories:\nchannels:\nnotifications:\ncontrol:\nvcs:\n")
    assert config.repositories == ()


def test_a_value_that_is_wrong_causes_no_second_mistake(loader: Loader) -> None:
    problems = loader.problems("""\
        channels: [xmpp]
        repositories: [{path: /r, settle: 5x, max_settle: 3s, channels: [xmpp]}]
    """)
    assert [problem.split(": ")[1] for problem in problems] == [
        "channels",
        "repositories[0].settle",
    ]


def test_all_mistakes_of_all_files_come_at_once_in_the_order_of_files_and_lines(
    loader: Loader,
) -> None:
    loader.write("repositories: [{path: /x, sync: no}]", "autosync.d/b.yaml")
    loader.write("a: [", "autosync.d/a.yaml")
    problems = loader.problems("""\
        repositories:
          - path: /r
            settle: 5x
            vcs: gti
            sinc: both
        contrl: {}
        notifications: {desktop: some}
    """)
    assert [problem.split(" ")[0] for problem in problems] == [
        "autosync.yaml:3:",
        "autosync.yaml:4:",
        "autosync.yaml:5:",
        "autosync.yaml:6:",
        "autosync.yaml:7:",
        "autosync.d/a.yaml:1:",
        "autosync.d/b.yaml:1:",
    ]
