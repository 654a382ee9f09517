"""One 2011 configuration as settings of today; what has no counterpart is kept as it was."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from autosyncctl.legacy.ini import Ini, Value
from autosyncctl.legacy.patterns import translate
from autosyncctl.legacy.tools import SECTIONS, Tool, read_tool
from autosyncd.errors import AutosyncError

_JID = re.compile(r"[^\s@/]+@[^\s@/]+(/\S.*)?")
_SERVER = "autosync-server"


@dataclass(frozen=True, slots=True)
class Xmpp:
    """The account of `[xmpp]`."""

    jid: str
    password: str = field(repr=False)
    also_notify: str | None = None


@dataclass(slots=True)
class Entry:
    """One repository. `settings` are YAML values ready to be written; `kept` lines are comments."""

    ini: Ini
    path: str
    tool: Tool
    settings: dict[str, str | list[str]] = field(default_factory=dict)
    xmpp: Xmpp | None = None
    kept: list[str] = field(default_factory=list)

    def keep(self, section: str, key: str, value: Value, why: str) -> None:
        """Keep as a comment, and report, what has no counterpart."""
        self.kept.append(f"[{section}] {key} = {value.text}")
        self.ini.note(value.line, f"[{section}] {key} is kept as a comment: {why}")


def convert(ini: Ini) -> Entry:
    """What the file says, in today's words; raises AutosyncError if it says no path."""
    section = dict(ini.section("autosync"))
    entry = Entry(ini, _path(ini, section.pop("path", None)), read_tool(ini))
    synced = section.pop("syncmethod", None)
    entry.xmpp = _xmpp(entry, wanted=synced is not None and synced.text == "xmpp")
    _sync_method(entry, synced)
    _settings(entry, section)
    _rest(entry, section)
    return entry


def expanded(path: str) -> str:
    """The path with the home put in; one of an unknown user stays as it is."""
    return os.path.expanduser(path)  # noqa: PTH111 - that of pathlib raises for unknown users


def _path(ini: Ini, value: Value | None) -> str:
    if value is None or not value.text:
        where = "has no [autosync] path" if value is None else f"line {value.line}: path is empty"
        raise AutosyncError(
            f"cannot import {ini.file}: {where}",
            hint="add `path = FOLDER` under [autosync]: what is to be watched",
        )
    if "\n" in value.text:
        raise AutosyncError(
            f"cannot import {ini.file}: line {value.line}: path has several lines",
            hint="the autosync of 2011 had one file for each path; `import` takes several files",
        )
    if not value.text.startswith(("/", "~")):
        ini.note(value.line, "path is relative; here it starts at the folder of the YAML file")
    return value.text


def _xmpp(entry: Entry, *, wanted: bool) -> Xmpp | None:
    section = dict(entry.ini.section("xmpp"))
    name, password = section.pop("username", None), section.pop("password", None)
    also = section.pop("alsonotify", None)
    _keep_all(entry, "xmpp", section, "there is no such key")
    if wanted and name and password and _JID.fullmatch(name.text) and _usable(password.text):
        return Xmpp(name.text, _as_text(password.text), _also(entry, also))
    given = {"username": name, "password": password, "alsonotify": also}
    why = "syncmethod is not xmpp" if not wanted else "it is no complete account"
    _keep_all(entry, "xmpp", {key: value for key, value in given.items() if value}, why)
    return None


def _usable(password: str) -> bool:
    return bool(password) and "\n" not in password


def _as_text(password: str) -> str:
    """Bytes that are no UTF-8 were typed on a machine of Latin-1, most likely."""
    try:
        password.encode()
    except UnicodeEncodeError:
        return password.encode("utf-8", "surrogateescape").decode("latin-1")
    return password


def _also(entry: Entry, value: Value | None) -> str | None:
    if value is None or not value.text:
        return None
    if _JID.fullmatch(value.text):
        return value.text
    entry.keep("xmpp", "alsonotify", value, "it is no address such as me@example.org")
    return None


def _sync_method(entry: Entry, value: Value | None) -> None:
    if value and value.text not in ("xmpp", "none"):
        why = "it never worked; the channels of today are xmpp, reflector and ssh"
        entry.keep("autosync", "syncmethod", value, why)


def _settings(entry: Entry, section: dict[str, Value]) -> None:
    for key, read in _READERS.items():
        if value := section.pop(key, None):
            read(entry, value)


def _read_frequency(entry: Entry, value: Value) -> None:
    if re.fullmatch(r"[0-9]{1,9}", value.text):
        entry.settings["push_delay"] = f"{int(value.text)}s"
    else:
        entry.keep("autosync", "readfrequency", value, "it is no number of seconds")


def _pull_lock(entry: Entry, value: Value) -> None:
    if value.text in ("conservative", "optimized"):
        entry.settings["pull_lock"] = value.text
    else:
        entry.keep("autosync", "pulllock", value, "it is neither conservative nor optimized")


def _notify_method(entry: Entry, value: Value) -> None:
    match value.text:
        case "desktop" | "all":
            entry.settings["notify"] = "all"
        case "xmpp" | "none":
            entry.settings["notify"] = "none"
        case _:
            why = "it is none of desktop, xmpp, all, none"
            entry.keep("autosync", "notifymethod", value, why)


def _ignore_path(entry: Entry, value: Value) -> None:
    words = [_relative(entry, word) for word in value.text.split()]
    patterns: list[str] = []
    for word in words:
        found = translate(word) if word else None
        if found is None:
            lone = Value(word or "", value.line)
            entry.keep("autosync", "ignorepath", lone, "it is no pattern of gitignore's kind")
        else:
            patterns += found
            _tell_breadth(entry, value, word or "", found)
    if patterns:
        entry.settings["ignore"] = list(dict.fromkeys(patterns))


def _relative(entry: Entry, word: str) -> str | None:
    """The word relative to the path; the old program joined it as a path."""
    folder = expanded(entry.path).rstrip("/")
    return word.removeprefix(folder).lstrip("/") if word.startswith(f"{folder}/") else word


def _tell_breadth(entry: Entry, value: Value, word: str, found: tuple[str, ...]) -> None:
    if found[0].endswith("?*/"):
        what = f"{word} itself is left alone anyway, and {found[0]} is what it covered beside that"
        entry.ini.note(value.line, f"ignorepath: {what}")


def _pid_file(entry: Entry, value: Value) -> None:
    entry.keep("autosync", "pidfile", value, "the control socket keeps a second daemon away")


_READERS = {
    "readfrequency": _read_frequency,
    "pulllock": _pull_lock,
    "notifymethod": _notify_method,
    "ignorepath": _ignore_path,
    "pidfile": _pid_file,
}


def _rest(entry: Entry, section: dict[str, Value]) -> None:
    _keep_all(entry, "autosync", section, "there is no such key")
    for key, value in entry.tool.kept:
        entry.keep("dvcs", key, value, "it could not be taken over")
    server = entry.ini.section(_SERVER) if _SERVER in entry.ini.sections else {}
    _keep_all(entry, _SERVER, server, "it was never used")
    for name in _others(entry.ini.sections):
        _keep_all(entry, name, entry.ini.sections[name], "there is no such section")


def _others(names: Iterable[str]) -> list[str]:
    known = {"autosync", "xmpp", _SERVER, "DEFAULT", *SECTIONS}
    return [name for name in names if name not in known]


def _keep_all(entry: Entry, section: str, values: "dict[str, Value] | object", why: str) -> None:
    if isinstance(values, dict):
        for key, value in values.items():
            entry.keep(section, key, value, why)
