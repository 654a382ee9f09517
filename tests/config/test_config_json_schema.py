"""Editors with our JSON Schema find the mistakes that need no look at the machine."""

import pytest

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


def test_the_example_is_right_with_and_without_every_setting_in_use() -> None:
    text = EXAMPLE.read_text()
    assert complaints(text) == complaints(uncommented(text)) == []


def test_a_complaint_says_where() -> None:
    assert complaints("repositories: [/a]\nchannels: {ssh: {x: 1}}") == ["$.channels.ssh"]
