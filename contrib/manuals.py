"""Makes the manual pages from the definitions in the code: `python -m contrib.manuals`.

man(7) is their language; a test sees to it that those in `share` are what this would make.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from autosyncctl.anatomy import Command, Operand, Option, anatomy
from autosyncctl.cli import EPILOG
from autosyncctl.cli import parser as client_parser
from autosyncd.arguments import parser as daemon_parser
from autosyncd.config import schema, table_parts, tools
from autosyncd.config.json_schema import json_schema
from autosyncd.config.settings import REPOSITORY
from autosyncd.config.structures import Key, MappingOf, Section
from autosyncd.reflector.arguments import parser as reflector_parser

SHARE = Path(__file__).parents[1] / "share"

FILES = (
    ("$XDG_CONFIG_HOME/autosync/autosync.yaml", "the configuration (~/.config/autosync/…)"),
    ("/etc/autosync/autosync.yaml", "the configuration where there is no other"),
    ("autosync.d/*.yaml", "beside either: more repositories"),
    ("$XDG_RUNTIME_DIR/autosync/control.sock", "the control socket"),
    ("$XDG_STATE_HOME/autosync/", "events, pauses and approvals (~/.local/state/autosync)"),
)
VARIABLES = (
    ("AUTOSYNC_CONFIG", "the configuration, where --config names none"),
    ("AUTOSYNC_SOCKET", "the control socket, where --socket names none"),
    ("NO_COLOR", "if not empty: autosyncctl prints no colours"),
    ("TERM", "if it is dumb: autosyncctl prints plain text, as into a pipe"),
)
SECTIONS = (
    ("TOP LEVEL", schema.TOP),
    ("REPOSITORIES", REPOSITORY),
    ("CHANNELS", schema.CHANNELS),
    ("CHANNELS.XMPP", schema.XMPP),
    ("CHANNELS.REFLECTOR", schema.REFLECTOR),
    ("NOTIFICATIONS", schema.NOTIFICATIONS),
    ("CONTROL", schema.CONTROL),
    ("VCS", tools.VCS_TABLE),
    ("VCS.ANSWERS_FROM", table_parts.ANSWERS_FROM),
    ("VCS.AROUND", table_parts.AROUND),
    ("VCS.MERGE", table_parts.MERGE),
)
"""Those of the configuration that have keys, each below its name there."""

CODES = {
    "autosyncd": (
        ("0", "it was asked to stop, and did; or --check found no mistake"),
        ("1", "anything else"),
        ("2", "the configuration or the command line is wrong"),
        ("3", "another daemon already serves this socket"),
    ),
    "autosyncctl": (
        ("0", "done"),
        ("1", "it failed; see each command"),
        ("2", "wrong usage"),
        ("3", "autosyncd is not running"),
        ("4", "no such repository"),
        ("130", "interrupted (Ctrl-C)"),
        ("141", "whoever read the output has gone"),
    ),
}
EXAMPLE = """\
defaults:
  settle: 2s

repositories:
  - ~/docs
  - path: ~/notes
    ignore: ["*.tmp"]
"""


def main() -> int:
    """Write all of them."""
    for name, text in pages().items():
        file = SHARE / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return 0


def pages() -> dict[str, str]:
    """Every generated file, by its path below `share`."""
    return {
        "man/man1/autosyncd.1": _page(_daemon()),
        "man/man1/autosyncctl.1": _page(_client()),
        "man/man5/autosync.yaml.5": _page(_configuration()),
        "autosync/autosync.schema.json": json.dumps(json_schema(), indent=2) + "\n",
    }


def _page(parts: Iterable[str]) -> str:
    """A heading begins a paragraph by itself."""
    return re.sub(r"(?m)^(\.S[HS] .*\n)\.P\n", r"\1", "".join(parts))


def _daemon() -> Iterator[str]:
    program, reflector = anatomy(daemon_parser()), anatomy(reflector_parser())
    yield _title("autosyncd", 1, "keep repositories in step on all your machines")
    yield ".SH SYNOPSIS\n" + _synopsis("autosyncd", program)
    yield _synopsis("autosyncd reflector", reflector)
    yield ".SH DESCRIPTION\n" + _prose(program.about, daemon_parser().epilog or "")
    yield ".SH OPTIONS\n" + _words(program)
    yield ".SH REFLECTOR\n" + _prose(reflector.about, reflector_parser().epilog or "")
    yield _words(reflector)
    yield _listed("EXIT STATUS", CODES["autosyncd"])
    yield _listed("FILES", FILES) + _listed("ENVIRONMENT", VARIABLES[:2])
    yield _see_also("autosyncctl(1)", "autosync.yaml(5)")


def _client() -> Iterator[str]:
    program = anatomy(client_parser())
    yield _title("autosyncctl", 1, "ask and steer the autosync daemon")
    yield ".SH SYNOPSIS\n" + _synopsis("autosyncctl", program, "COMMAND ...")
    yield ".SH DESCRIPTION\n" + _prose(program.about, EPILOG)
    yield ".SH OPTIONS\n" + _words(program)
    yield ".SH COMMANDS\n"
    general = {option.flags for option in program.options}
    for command in program.commands:
        own = tuple(option for option in command.options if option.flags not in general)
        yield _command(command, own)
    yield _listed("EXIT STATUS", CODES["autosyncctl"])
    yield _listed("FILES", FILES[3:4]) + _listed("ENVIRONMENT", VARIABLES[1:])
    yield _see_also("autosyncd(1)", "autosync.yaml(5)")


def _command(command: Command, own: tuple[Option, ...]) -> str:
    shown = Command(command.name, "", "", own, command.operands)
    failed = (code.removeprefix("1 ") for code in command.codes if code.startswith("1 "))
    codes = "".join(_prose(f"Exit code 1: {why}.") for why in failed)
    return (
        f".SS {_escaped(command.name)}\n"
        + _synopsis(command.name, shown)
        + _prose(command.about)
        + _words(shown)
        + _in_use(command.examples)
        + codes
    )


def _in_use(examples: Iterable[tuple[str, str]]) -> str:
    lines = "".join(f".TP\n.B {_escaped(line)}\n{_line(what)}\n" for line, what in examples)
    return f".P\nIn use:\n{lines}" if lines else ""


def _configuration() -> Iterator[str]:
    yield _title("autosync.yaml", 5, "the configuration of autosyncd")
    yield ".SH DESCRIPTION\n" + _prose(
        "One YAML file, and then every `autosync.d/*.yaml` beside it, which may hold `repositories`"
        " alone. `autosyncd --check` reports every mistake with its file and line, `autosyncd"
        " --schema` prints a JSON Schema for editors, and `autosyncctl reload` reads it again.",
        "Durations are `500ms`, `5s`, `2m`, `1h`, `1d` or seconds; sizes `100KB`, `50MB`, `1GB` or"
        " bytes; in paths, `~` and `$VARS` are expanded. Commands are lists of arguments; there is"
        " no shell.",
    )
    for title, section in SECTIONS:
        yield f".SH {title}\n" + "".join(map(_key, section.keys))
    yield ".SH EXAMPLE\n.EX\n" + "".join(map(_example_line, EXAMPLE.splitlines())) + ".EE\n"
    yield _listed("FILES", FILES[:3]) + _see_also("autosyncd(1)", "autosyncctl(1)", "gitignore(5)")


def _key(key: Key) -> str:
    default = "" if key.required else f" (usually {key.default or 'none'})"
    kind = key.kind.item if isinstance(key.kind, MappingOf) else key.kind
    below = " See below." if isinstance(kind, Section) and kind.keys else ""
    needed = " Required." if key.required else ""
    meaning = f"{key.meaning[:1].upper()}{key.meaning[1:]}{default}.{needed}{below}"
    return f".TP\n.B {_escaped(key.name)}\n{_line(meaning)}\n"


def _title(name: str, section: int, about: str) -> str:
    heading = f'.TH "{_escaped(name.upper())}" {section} "" autosync "autosync manual"\n'
    origin = '.\\" Made by `python -m contrib.manuals`; change the code instead.\n'
    return f"{origin}{heading}.SH NAME\n{_escaped(name)} \\- {_escaped(about)}\n"


def _synopsis(name: str, command: Command, rest: str = "") -> str:
    """In the order of the definitions, what may be left out in brackets."""
    options = [_usage(option) for option in command.options if option.flags[0] != "-h"]
    operands = [_operand(operand) for operand in command.operands]
    words = " ".join([*options, *operands, _escaped(rest)]).strip()
    return f".P\n.nh\n.ad l\n.B {_escaped(name)}\n{words}\n.ad\n.hy\n"


def _usage(option: Option) -> str:
    value = f" \\fI{_escaped(option.value)}\\fR" if option.value else ""
    return f"[\\fB{_escaped(option.flags[-1])}\\fR{value}]"


def _operand(operand: Operand) -> str:
    name = f"\\fI{_escaped(operand.name)}\\fR"
    return {"*": f"[{name} ...]", "+": f"{name} ...", "?": f"[{name}]"}.get(operand.count, name)


def _words(command: Command) -> str:
    operands = ((_operand(one), one.help) for one in command.operands if one.help)
    options = ((_flags(one), one.help) for one in command.options)
    return "".join(f".TP\n{what}\n{_line(said)}\n" for what, said in (*operands, *options))


def _flags(option: Option) -> str:
    value = f" \\fI{_escaped(option.value)}\\fR" if option.value else ""
    return ", ".join(f"\\fB{_escaped(flag)}\\fR{value}" for flag in option.flags)


def _listed(title: str, rows: Iterable[tuple[str, str]]) -> str:
    return f".SH {title}\n" + "".join(
        f".TP\n.I {_escaped(what)}\n{_line(said)}\n" for what, said in rows
    )


def _see_also(*names: str) -> str:
    split = [re.match(r"(.+)\((\d)\)", name) for name in names]
    rows = [f".BR {_escaped(one[1])} ({one[2]})" for one in split if one]
    return ".SH SEE ALSO\n" + " ,\n".join(rows) + "\n"


def _prose(*paragraphs: str) -> str:
    blocks = [block for text in paragraphs for block in text.split("\n\n") if block.strip()]
    return "".join(f".P\n{_line(block)}\n" for block in blocks)


def _line(text: str) -> str:
    """A paragraph in one line; what stands between backticks is bold."""
    words = _escaped(" ".join(text.split()))
    return re.sub(r"`([^`]*)`", r"\\fB\1\\fR", words) or "\\&"


def _example_line(line: str) -> str:
    return _escaped(line) + "\n" if line else "\n"


def _escaped(text: str) -> str:
    for plain, roff in (("\\", "\\e"), ("-", "\\-"), ("…", "\\[u2026]"), ("~", "\\(ti")):
        text = text.replace(plain, roff)
    return f"\\&{text}" if text.startswith((".", "'")) else text


if __name__ == "__main__":
    sys.exit(main())
