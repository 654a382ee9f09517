"""Channels, notifications, control and tools, and what is said of keys that do nothing yet."""

from pathlib import Path

import pytest

from autosyncd.config.model import (
    ChannelSettings,
    ControlSettings,
    ReflectorSettings,
    Secret,
    SshSettings,
    VcsTable,
    XmppSettings,
)
from tests.config.config_loader import Loader


def test_every_key_of_the_channels_is_read(loader: Loader) -> None:
    config = loader.load("""\
        channels:
          xmpp:
            jid: me@example.org
            password_command: [pass, show, xmpp]
            also_notify: boss@example.org/work
            host: 127.0.0.1
            port: 5222
            ca_file: ca.pem
            tls: required
          reflector:
            url: tcp://sync.example.org:1986
            key_file: ~/key
          ssh: {}
    """)
    assert config.channels == ChannelSettings(
        xmpp=XmppSettings(
            jid="me@example.org",
            password=Secret(command=("pass", "show", "xmpp")),
            also_notify="boss@example.org/work",
            host="127.0.0.1",
            port=5222,
            ca_file=loader.folder / "ca.pem",
        ),
        reflector=ReflectorSettings(
            url="tcp://sync.example.org:1986", key=Secret(file=loader.home / "key")
        ),
        ssh=SshSettings(),
    )


def test_a_reflector_needs_no_key(loader: Loader) -> None:
    channels = loader.load('channels: {reflector: {url: "tls://[::1]:443"}}').channels
    assert channels.reflector == ReflectorSettings(url="tls://[::1]:443")


def test_secrets_are_not_read_before_they_are_needed(loader: Loader) -> None:
    text = "channels: {xmpp: {jid: me@x, password_file: /no/such/file}}"
    assert loader.load(text).channels.xmpp == XmppSettings(
        jid="me@x", password=Secret(file=Path("/no/such/file"))
    )


def test_secrets_are_never_shown(loader: Loader) -> None:
    config = loader.load("channels: {xmpp: {jid: me@x, password: hunter22}}")
    assert config.channels.xmpp
    assert config.channels.xmpp.password.value == "hunter22"
    assert "hunter22" not in repr(config)


@pytest.mark.parametrize(
    "secret",
    [
        "password: [hunter22]",
        "password: {hunter22: x}",
        'password: "hunter22\\nx"',
        "password_command: hunter22",
        "password_command: [[hunter22]]",
    ],
)
def test_mistakes_in_secrets_never_repeat_them(loader: Loader, secret: str) -> None:
    problems = loader.problems(f"channels: {{xmpp: {{jid: me@x, {secret}}}}}")
    assert not any("hunter22" in problem for problem in problems)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("xmpp: {jid: me@x}", "channels.xmpp: one of password, password_file, password_command is"),
        ("xmpp:", "channels.xmpp.jid: is missing; allowed: an XMPP address"),
        ("xmpp: {jid: me@x, password: a, password_file: b}", "channels.xmpp: password, password_f"),
        ("xmpp: {jid: me, password: a}", "channels.xmpp.jid: 'me' can't be used here; allowed: an"),
        ("xmpp: {jid: me@x, password: 123}", "channels.xmpp.password: must be text, not a number"),
        ("xmpp: {jid: me@x, password: a, port: 0}", "channels.xmpp.port: '0' is out of range"),
        ("xmpp: {jid: me@x, password: a, port: 70000}", "channels.xmpp.port: '70000' is out of"),
        ("xmpp: {jid: me@x, password: a, tls: no}", "channels.xmpp.tls: 'no' is unknown; allowed"),
        (
            "xmpp: {jid: me@x, password: a, hots: b}",
            "channels.xmpp.hots: unknown key; allowed: jid",
        ),
        ("reflector: {}", "channels.reflector.url: is missing; allowed: tcp://HOST:PORT"),
        (
            "reflector: {url: 'http://x'}",
            "channels.reflector.url: this can't be used here; allowed",
        ),
        ("reflector: {url: 'tcp://x:99999'}", "channels.reflector.url: this can't be used here"),
        (
            "reflector: {url: 'tcp://x', key: a, key_file: b}",
            "channels.reflector: key, key_file ca",
        ),
        ("ssh: {host: x}", "channels.ssh.host: unknown key; allowed: none"),
        ("ssh: yes", "channels.ssh: must be a mapping; allowed: nothing; write {}"),
        ("smoke: {}", "channels.smoke: unknown key; allowed: xmpp, reflector, ssh"),
    ],
)
def test_a_mistake_in_a_channel_says_what_is_allowed(
    loader: Loader, text: str, problem: str
) -> None:
    problems = loader.problems(f"channels:\n  {text}\n")
    assert problems[0].startswith(f"autosync.yaml:2: {problem}"), problems


def test_control_is_read(loader: Loader) -> None:
    config = loader.load("control: {socket: $RUN/s, max_commands: 3}", environment={"RUN": "/run"})
    assert config.control == ControlSettings(socket=Path("/run/s"), max_commands=3)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("max_commands: 0", "control.max_commands: '0' is out of range; allowed: a whole number"),
        ("max_commands: 1.5", "control.max_commands: '1.5' is out of range"),
        (f"socket: /{'x' * 107}", "control.socket: is 108 bytes long; at most 107 are allowed"),
        ("socket: ''", "control.socket: is empty"),
    ],
)
def test_a_mistake_in_control_says_what_is_allowed(loader: Loader, text: str, problem: str) -> None:
    assert loader.problem(f"control: {{{text}}}").startswith(f"autosync.yaml:1: {problem}")


@pytest.mark.parametrize("word", ["all", "problems", "none"])
def test_bubbles_are_read(loader: Loader, word: str) -> None:
    assert loader.load(f"notifications: {{desktop: {word}}}").desktop == word


def test_every_key_of_a_tool_is_read(loader: Loader) -> None:
    config = loader.load("""\
        vcs:
          mytool:
            detect: .mytool
            status: [mytool, status, --quiet]
            status_output: true
            add: [mytool, add, "{path}"]
            remove: [[mytool, rm, "{path}"], [mytool, forget, "{{x}}"]]
            modify: []
            move: [mytool, mv, "{source}", "--to={target}"]
            startup: [mytool, addremove, -n, 3]
            commit: [mytool, commit, -m, "{message}"]
            push: [mytool, push]
            pull: [mytool, pull]
            remote_url: [mytool, paths, default]
            ignore: [.mytool]
        repositories: [{path: /r, vcs: mytool}]
    """)
    assert config.repositories[0].vcs == "mytool"
    assert config.vcs == (
        VcsTable(
            name="mytool",
            detect=".mytool",
            status=(("mytool", "status", "--quiet"),),
            status_output=True,
            add=(("mytool", "add", "{path}"),),
            remove=(("mytool", "rm", "{path}"), ("mytool", "forget", "{{x}}")),
            modify=(),
            move=(("mytool", "mv", "{source}", "--to={target}"),),
            startup=(("mytool", "addremove", "-n", "3"),),
            commit=(("mytool", "commit", "-m", "{message}"),),
            push=(("mytool", "push"),),
            pull=(("mytool", "pull"),),
            remote_url=(("mytool", "paths", "default"),),
            ignore=(".mytool",),
        ),
    )


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("add: git add", "add: must be a list; allowed: a list of arguments"),
        ("add: [x, '{message}']", r"add[1]: unknown placeholder '{message}'; allowed: {path}"),
        ("push: [x, '{path}']", "push[1]: unknown placeholder '{path}'; allowed: {url}"),
        ("startup: [x, '{path}']", "startup[1]: unknown placeholder '{path}'; allowed: none"),
        ("add: [x, '{pth}']", "add[1]: unknown placeholder '{pth}'; allowed: {path}, {paths}"),
        ("ad: [x]", "ad: unknown key"),
        ("head: [x], head_line: '('", "head_line: '(': missing ), unterminated subpattern"),
        ("head: [x], head_line: x", "head_line: 'x' has no (?P<id>…); allowed: a regular"),
        ("head_line: '(?P<id>x)'", "head_line: needs head, too; give both or none"),
        ("incoming: [x]", "incoming: needs pull, too"),
        ("names: latin-1", "names: 'latin-1' is unknown; allowed: bytes, utf-8"),
        ("add: [x, '{path}', '{paths}']", "add: {path} and {paths} can't be in one command"),
        ("move: [x, '{source']", "move[1]: unbalanced {"),
        ("add: [[x], y]", "add[1]: must be a list that begins with a program"),
        ("add: [[]]", "add[0]: must be a list that begins with a program"),
        ("add: ['', y]", "add: the program's name is empty"),
        ("add: [x, yes]", "add[1]: must be text, not a boolean"),
        ("status_output: 3", "status_output: '3' is neither true nor false"),
        ("ignore: ['[']", "ignore[0]: '[' is no gitignore pattern"),
        ("detects: x", "detects: unknown key; allowed: detect, "),
    ],
)
def test_a_mistake_in_a_tool_says_what_is_allowed(loader: Loader, key: str, problem: str) -> None:
    text = f"vcs: {{t: {{detect: .t, status: [t], commit: [t], {key}}}}}"
    assert loader.problem(text).startswith(f"autosync.yaml:1: vcs.t.{problem}")


def test_a_tool_without_its_marks_is_several_mistakes(loader: Loader) -> None:
    problems = loader.problems("vcs: {t: {}}")
    assert [problem.split(": ")[1] for problem in problems] == [
        "vcs.t.detect",
        "vcs.t.status",
        "vcs.t.commit",
    ]


def test_what_a_table_needs_to_mean_anything_is_said_all_at_once(loader: Loader) -> None:
    table = "{detect: .t, status: [t], commit: [t], central: true, merge: {theirs: [t]}}"
    problems = "\n".join(loader.problems(f"vcs: {{t: {table}}}"))
    for missing in ("central: needs changes, revert,", "central: needs {paths} in commit"):
        assert missing in problems
    for key in ("copy", "base", "merge", "commit", "publish", "advance"):
        assert f"vcs.t.merge.{key}: is missing" in problems


@pytest.mark.parametrize("detect", ["a/b", "..", "''", "/x"])
def test_what_marks_a_root_is_a_name_in_it(loader: Loader, detect: str) -> None:
    text = f"vcs: {{t: {{detect: {detect}, status: [t], commit: [t]}}}}"
    assert "vcs.t.detect: " in loader.problem(text)


@pytest.mark.parametrize("name", ["git", "auto"])
def test_what_is_built_in_can_not_be_described_anew(loader: Loader, name: str) -> None:
    assert f"vcs.{name}: '{name}' is built in" in loader.problem(f"vcs: {{{name}: {{}}}}")


def test_a_tool_needs_a_plain_name(loader: Loader) -> None:
    assert "can't name a tool" in loader.problem("vcs: {'a b': {}}")
