"""Several imported configurations as one YAML file."""

import os
from collections.abc import Iterator, Sequence

from autosyncctl.legacy.convert import Entry, Xmpp, expanded
from autosyncctl.legacy.tools import Table, Tool
from autosyncctl.legacy.yaml_text import commands, comment, flow, scalar
from autosyncctl.words import count


def document(entries: Sequence[Entry]) -> str:
    """The YAML; what can't stand twice is given once, and the rest kept as comments."""
    entries = _different(entries)
    account = next((entry.xmpp for entry in entries if entry.xmpp), None)
    tools = _tools(entries)
    lines = [
        *comment(f"From {count(len(entries), 'configuration')} of the autosync of 2011."),
        *comment("Check it with: autosyncd --check --config FILE"),
        "",
        "repositories:",
    ]
    for entry in entries:
        lines += _repository(entry, account)
    lines += _channels(account)
    lines += _tables(tools)
    return "\n".join(lines) + "\n"


def _different(entries: Sequence[Entry]) -> list[Entry]:
    """The entries without those for a path that was there before."""
    found: dict[str, Entry] = {}
    for entry in entries:
        real = os.path.realpath(expanded(entry.path))
        first = found.setdefault(real, entry)
        if first is not entry:
            why = f"{entry.path} is in {first.ini.file} already; this file is left out"
            entry.ini.note(0, why)
    return list(found.values())


def _tools(entries: Sequence[Entry]) -> dict[str, Tool]:
    """The tables by their names; of different ones for the same program, the later get a number."""
    found: dict[str, Tool] = {}
    for entry in entries:
        tool = entry.tool
        if not tool.table:
            continue
        name, number = tool.name, 1
        while tool.name in found and found[tool.name].table != tool.table:
            number += 1
            tool.name = f"{name}-{number}"
        found[tool.name] = tool
    return found


def _repository(entry: Entry, account: Xmpp | None) -> Iterator[str]:
    yield f"  - path: {scalar(entry.path.replace('$', '$$'))}"
    if entry.tool.name != "auto":
        yield f"    vcs: {scalar(entry.tool.name)}"
    for key, value in entry.settings.items():
        yield f"    {key}: {flow(value) if isinstance(value, list) else scalar(value)}"
    if account and entry.xmpp != account:
        yield "    channels: []"
    yield from _other_account(entry, account)
    for text in entry.kept:
        yield from (f"    {line}" for line in comment(text))


def _other_account(entry: Entry, account: Xmpp | None) -> Iterator[str]:
    if entry.xmpp is None or entry.xmpp == account:
        return
    entry.ini.note(0, "[xmpp] differs from that of an earlier file, and is kept as a comment")
    for line in _account(entry.xmpp):
        yield from (f"    {text}" for text in comment(line))


def _channels(account: Xmpp | None) -> Iterator[str]:
    if account:
        yield from ("", "channels:", "  xmpp:")
        yield from (f"    {line}" for line in _account(account))


def _account(account: Xmpp) -> Iterator[str]:
    yield f"jid: {scalar(account.jid)}"
    yield f"password: {_text(account.password)}"
    if account.also_notify:
        yield f"also_notify: {scalar(account.also_notify)}"


def _text(text: str) -> str:
    """In quotes, whatever it looks like."""
    plain = scalar(text)
    return plain if plain.startswith('"') else f'"{plain}"'


def _tables(tools: dict[str, Tool]) -> Iterator[str]:
    if tools:
        yield from ("", "vcs:")
    for tool in tools.values():
        yield f"  {tool.name}:"
        yield f"    detect: {scalar(tool.detect)}"
        yield from _rows(tool.table)


def _rows(table: Table) -> Iterator[str]:
    for key, lines in table.items():
        yield f"    {key}: {commands(lines)}"
