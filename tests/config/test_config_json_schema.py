"""Editors with our JSON Schema find the mistakes that need no look at the machine."""

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as usual
from hypothesis import strategies as st

from tests.config.config_loader import Loader
from tests.config.json_schema import complaints
from tests.config.test_config_docs import EXAMPLE, uncommented

WRONG_SETTINGS = (
    *("settel: 1s", "settle: 5x", "settle: -1", "settle: 1:30", "settle: [5s]", "settle: {a: b}"),
    *("settle: ", "settle: yes", "pull_interval: 0.05", "poll_interval: 0", "max_settle: 1 h"),
    *("remote: ''", "remote: [x]", "sync: sometimes", "sync: false", "pull_lock: never"),
    *("ignore: x", "ignore: ['']", "max_file_size: 5XB", "max_file_size: -1", "secrets: no"),
    *("max_delete: 0.5", "max_delete: 200%", "on_conflict: newest", "on_conflict: {a: maybe}"),
    *("commit_message: ''", "commit_message: {command: []}", "commit_message: {run: [x]}"),
    *("commit_hooks: maybe", "commit_hooks: 1", "watch: fanotify", "channels: xmpp", "env: x"),
    *("env: {A: [x]}", "notify: some", "name: 5", "name: ''", "name: ' x'", "peer_url: -x"),
)
WRONG_FILES = (
    *("settle: 5s", "repositories: ~/docs", "repositories: [5]", "repositories: ['']"),
    *("repositories: [{name: x}]", "repositories: [{path: ''}]", "[]", "text", "5"),
    *("defaults: {path: x}", "defaults: []", "channels: {xmpp: {}}", "channels: {carrier: {}}"),
    "channels: {xmpp: {jid: me@example.org}}",
    "channels: {xmpp: {jid: me@example.org, password: a, password_file: b}}",
    "channels: {xmpp: {jid: nobody, password: a}}",
    "channels: {xmpp: {jid: me@example.org, password: a, port: 70000}}",
    "channels: {reflector: {url: 'http://x'}}",
    "channels: {reflector: {url: 'tcp://x:1', key: a, key_file: b}}",
    *("channels: {ssh: {host: x}}", "notifications: {desktop: no}", "control: {max_commands: 0}"),
    *("vcs: {t: {}}", "vcs: {t: {detect: .t, status: [], commit: x}}", "vcs: []"),
    "vcs: {t: {detect: a/b, status: [s], commit: [c]}}",
    "vcs: {t: {detect: .t, status: ['', x], commit: [c]}}",
)


@pytest.mark.parametrize("settings", WRONG_SETTINGS)
def test_a_mistake_in_a_setting_is_found(settings: str) -> None:
    assert complaints(f"repositories: [{{path: /r, {settings}}}]")
    assert complaints(f"defaults: {{{settings}}}")


@pytest.mark.parametrize("text", WRONG_FILES)
def test_a_mistake_elsewhere_is_found(text: str) -> None:
    assert complaints(text)


@pytest.mark.parametrize("settings", WRONG_SETTINGS)
def test_what_editors_refuse_the_check_refuses(settings: str, loader: Loader) -> None:
    assert loader.problems(f"repositories: [{{path: /r, {settings}}}]")
    assert loader.problems(f"defaults: {{{settings}}}")


@pytest.mark.parametrize("text", WRONG_FILES)
def test_what_editors_refuse_elsewhere_the_check_refuses(text: str, loader: Loader) -> None:
    assert loader.problems(text)


RIGHT_SETTINGS = (
    *("settle: 5s", "settle: 500ms", "settle: 0.5", "settle: 2", "max_settle: 1h", "push_delay: 0"),
    *("pull_interval: 0", "pull_interval: 1d", "poll_interval: 1m", "remote: none", "sync: pull"),
    *("ignore: []", "ignore: ['*.tmp', /build/]", "max_file_size: 0", "max_file_size: 1.5GB"),
    *("secrets: allow", "max_delete: 0%", "max_delete: 12.5%", "on_conflict: stop"),
    *("on_conflict: {'*.db': newest}", "commit_message: '{subject}'", "commit_hooks: yes"),
    *("commit_message: {command: [date, +%F]}", "watch: poll", "channels: []", "env: {A: '1'}"),
    *("env: {A: 1}", "notify: none", "peer_url: 'ssh://me@host/x'", "peers: []", "vcs: hg"),
)


@pytest.mark.parametrize("settings", RIGHT_SETTINGS)
def test_what_is_right_both_let_pass(settings: str, loader: Loader) -> None:
    text = f"repositories: [{{path: /r, {settings}}}]"
    loader.load(text)


DURATIONS = st.one_of(
    st.from_regex(r"[0-9]{1,3}(\.[0-9])?(ms|s|m|h|d|x| s)?", fullmatch=True),
    st.integers(-5, 5).map(str),
    st.sampled_from(["", "s", "-1s", "inf", "~", "yes", "1_0"]),
)


@given(DURATIONS)
@usual(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_of_any_duration_both_think_the_same(loader: Loader, text: str) -> None:
    for value in (f"'{text}'", text):
        line = f"repositories: [{{path: /r, settle: {value} , max_settle: 999d}}]"
        if complaints(line):
            assert loader.problems(line)
        else:
            loader.load(line)


def test_the_example_is_right_with_and_without_every_setting_in_use() -> None:
    text = EXAMPLE.read_text()
    assert complaints(text) == complaints(uncommented(text)) == []


def test_a_complaint_says_where() -> None:
    assert complaints("repositories: [/a]\nchannels: {ssh: {x: 1}}") == ["$.channels.ssh"]
