"""Completion for zsh (zshcompsys(1))."""

import re

from autosyncctl.anatomy import Command, Operand, Option
from autosyncctl.shells.kinds import NAMES, files, repositories

_BEGIN = f"""\
#compdef autosyncctl
# Completion of autosyncctl for zsh, made by `autosyncctl completion zsh`.

_autosyncctl_repositories() {{
    local -a names
    names=(${{(f)"$({NAMES})"}})
    compadd -a names
}}

_autosyncctl_repositories_or_files() {{
    _autosyncctl_repositories
    _files
}}

_autosyncctl() {{
    local curcontext="$curcontext" state line
    typeset -A opt_args
"""

_END = """\
        esac
        ;;
    esac
}

if [ "$funcstack[1]" = _autosyncctl ]; then
    _autosyncctl "$@"
else
    compdef _autosyncctl autosyncctl
fi
"""


def script(program: Command) -> str:
    """A file `_autosyncctl` in a folder of $fpath, or something to source after compinit."""
    said = (_quoted(f"{_plain(one.name)}:{_plain(one.help)}") for one in program.commands)
    commands = "\n".join(f"            {one}" for one in said)
    parts = [
        _BEGIN,
        f"    _arguments -C -s{_options(program)} \\\n        '1: :->command' '*:: :->words'\n",
        "    case $state in\n    command)\n        local -a commands\n        commands=(\n",
        f"{commands}\n        )\n        _describe command commands\n        ;;\n",
        "    words)\n        case $words[1] in\n",
        *(_command(command) for command in program.commands),
        _END,
    ]
    return "".join(parts)


def _command(command: Command) -> str:
    operands = "".join(f" \\\n            {_quoted(_operand(one))}" for one in command.operands)
    return (
        f"        {command.name})\n            _arguments -s{_options(command)}{operands}\n"
        "            ;;\n"
    )


def _options(command: Command) -> str:
    return "".join(
        f" \\\n            {_quoted(_option(option, flag))}"
        for option in command.options
        for flag in option.flags
    )


def _option(option: Option, flag: str) -> str:
    said = f"{flag}[{_plain(option.help)}]"
    return f"{said}:{_plain(option.value)}:{_action(option)}" if option.value else said


def _operand(operand: Operand) -> str:
    many = "*" if operand.count in "*+" else ""
    return f"{many}:{_plain(operand.name)}:{_action(operand)}"


def _action(word: Operand | Option) -> str:
    if word.choices:
        words = " ".join(word.choices)
        if isinstance(word, Option) and word.listed:
            return f"_values -s , {_plain(word.value or '')} {words}"
        return f"({words})"
    if isinstance(word, Operand) and repositories(word):
        return "_autosyncctl_repositories_or_files"
    return "_files" if files(word) else " "


def _plain(text: str) -> str:
    return re.sub(r"([\\:\[\]])", r"\\\1", text)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", r"'\''") + "'"
