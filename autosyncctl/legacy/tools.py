"""The `[dvcs]` section: the commands of the version control system."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from autosyncctl.legacy.ini import Ini, Value

SECTIONS = ("dvcs", "dcvs")
"""The announcement's example had it misspelt."""

NAMES = {
    "statuscmd": "status",
    "addcmd": "add",
    "rmcmd": "remove",
    "modifycmd": "modify",
    "movecmd": "move",
    "startupcmd": "startup",
    "commitcmd": "commit",
    "pushcmd": "push",
    "pullcmd": "pull",
    "remoteurlcmd": "remote_url",
}

_VALUES = {
    "addcmd": ("{path}",),
    "rmcmd": ("{path}",),
    "modifycmd": ("{path}",),
    "movecmd": ("{source}", "{target}"),
    "commitcmd": ("{message}",),
}

_DETECT = {
    "git": ".git",
    "hg": ".hg",
    "svn": ".svn",
    "bzr": ".bzr",
    "brz": ".bzr",
    "darcs": "_darcs",
    "fossil": ".fslckout",
}

_USUAL: dict[str, dict[str, tuple[str, ...]]] = {
    "git": {
        "statuscmd": ('git status | grep -iq "nothing to commit"',),
        "addcmd": ("git add %s",),
        "rmcmd": ("git rm %s", "git rm -r %s"),
        "modifycmd": ("git add %s",),
        "movecmd": ("git rm %s\ngit add %s", "git mv %s %s"),
        "startupcmd": ("git add -A",),
        "commitcmd": ("git commit -m %s", 'git commit -m "Autocommit"'),
        "pushcmd": ("git push",),
        "pullcmd": ("git pull",),
        "remoteurlcmd": ("git config --get remote.origin.url",),
    },
    "hg": {
        "statuscmd": ('test "`hg status`" = ""', "hg status"),
        "addcmd": ("hg add", "hg add %s"),
        "rmcmd": ("hg remove", "hg remove %s"),
        "modifycmd": ("",),
        "movecmd": ("hg mv %s %s",),
        "startupcmd": ("hg addremove",),
        "commitcmd": ("hg commit -m %s", 'hg commit -m "Autocommit"'),
        "pushcmd": ("hg push",),
        "pullcmd": ("hg pull -u",),
        "remoteurlcmd": ("hg showconfig paths.default",),
    },
}
"""The commands of the examples of 2011, for which the backends of today stand."""

Table = dict[str, tuple[tuple[str, ...], ...]]


@dataclass(slots=True)
class Tool:
    """What drives a repository: a built-in backend by its name, or a table of commands."""

    name: str = "auto"
    detect: str = ""
    table: Table = field(default_factory=dict)
    kept: list[tuple[str, Value]] = field(default_factory=list)
    """What could not be taken over."""


def read_tool(ini: Ini) -> Tool:
    """The tool that the commands are for."""
    given = {key: value for name in SECTIONS for key, value in ini.section(name).items()}
    known = {key: value for key, value in given.items() if key in NAMES}
    tool = Tool(kept=[(key, value) for key, value in given.items() if key not in NAMES])
    program = _program(known)
    if program is None:
        tool.kept += known.items()
        return tool
    if program in _USUAL and _is_usual(known, _USUAL[program]):
        tool.name = program
        return tool
    return _with_table(ini, tool, program, known)


def _program(known: Mapping[str, Value]) -> str | None:
    for key in ("commitcmd", "pullcmd", "pushcmd", "addcmd"):
        if key in known and (words := known[key].text.split()):
            return words[0].rpartition("/")[2] or "tool"
    return None


def _is_usual(known: Mapping[str, Value], usual: Mapping[str, tuple[str, ...]]) -> bool:
    return all(_spaced(value.text) in usual[key] for key, value in known.items())


def _spaced(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.split("\n"))


def _with_table(ini: Ini, tool: Tool, program: str, known: Mapping[str, Value]) -> Tool:
    missing = [key for key in ("statuscmd", "commitcmd") if not _filled(known, key)]
    if missing:
        ini.note(0, f"its own commands can't be used without {' and '.join(missing)}")
        tool.kept += known.items()
        return tool
    tool.name = (re.sub(r"[^A-Za-z0-9_.-]", "_", program).lstrip(".-") or "tool") + "-2011"
    tool.detect = _DETECT.get(program, f".{program}")
    for key, value in known.items():
        if commands := _commands(ini, key, value):
            tool.table[NAMES[key]] = commands
    _explain(ini, tool, program)
    return tool


def _filled(known: Mapping[str, Value], key: str) -> bool:
    return key in known and bool(known[key].text.strip())


def _explain(ini: Ini, tool: Tool, program: str) -> None:
    if program in _USUAL:
        ini.note(
            0,
            f"its commands differ from the usual ones and became vcs.{tool.name}; the built-in "
            f"{program} keeps more promises: `vcs: {program}` uses it",
        )
    elif program not in _DETECT:
        ini.note(0, f"vcs.{tool.name}.detect is guessed; put there what marks a repository's root")


def _commands(ini: Ini, key: str, value: Value) -> tuple[tuple[str, ...], ...]:
    """Its lines, split at spaces; the status alone went through a shell."""
    if key == "statuscmd":
        return (("sh", "-c", _braced(value.text)),) if value.text.strip() else ()
    values = list(_VALUES.get(key, ()))
    lines = tuple(line.split() for line in value.text.split("\n") if line.split())
    _warn(ini, key, value, lines, len(values))
    return tuple(tuple(_word(word, values) for word in line) for line in lines)


def _warn(ini: Ini, key: str, value: Value, lines: tuple[list[str], ...], values: int) -> None:
    words = [word for line in lines for word in line]
    if words.count("%s") > values:
        ini.note(value.line, f"{key} has more %s than there are values; check vcs in the result")
    if any("%s" in word and word != "%s" for word in words):
        ini.note(value.line, f"{key}: a %s inside a word was never replaced, and is not here")
    if any(word[0] in "\"'" for word in words):
        ini.note(value.line, f"{key}: quotes were passed on to the program, and are here")


def _word(word: str, values: list[str]) -> str:
    return values.pop(0) if word == "%s" and values else _braced(word)


def _braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
