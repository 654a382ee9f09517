"""Completion for fish (complete(1) of fish)."""

from autosyncctl.anatomy import Command, Operand, Option
from autosyncctl.shells.kinds import NAMES, files, repositories

_BEGIN = f"""\
# Completion of autosyncctl for fish, made by `autosyncctl completion fish`.

function __autosyncctl_repositories
    {NAMES}
end

complete -c autosyncctl -f
"""


def script(program: Command) -> str:
    """A file in ~/.config/fish/completions, or something to source."""
    names = " ".join(command.name for command in program.commands)
    outside = f"not __fish_seen_subcommand_from {names}"
    lines = [_option(outside, option) for option in program.options]
    first = f"complete -c autosyncctl -n {_quoted(outside)} -a"
    lines += [f"{first} {one.name} -d {_quoted(one.help)}" for one in program.commands]
    for command in program.commands:
        inside = f"__fish_seen_subcommand_from {command.name}"
        lines += [_option(inside, option) for option in command.options]
        lines += [line for operand in command.operands for line in _operand(inside, operand)]
    return _BEGIN + "\n".join(lines) + "\n"


def _option(condition: str, option: Option) -> str:
    flags = " ".join(
        f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in option.flags
    )
    value = ""
    if option.value:
        value = " -r" + (" -F" if files(option) else " -f")
        value += f" -a {_quoted(_values(option))}" if option.choices else ""
    said = f" -d {_quoted(option.help)}"
    return f"complete -c autosyncctl -n {_quoted(condition)} {flags}{value}{said}"


def _values(option: Option) -> str:
    """With commas, what was typed before the last one stays before each."""
    if not option.listed:
        return " ".join(option.choices)
    before = "string match -r '.*,' -- (commandline -ct); or echo ''"
    return f"({before}){{{','.join(option.choices)}}}"


def _operand(condition: str, operand: Operand) -> list[str]:
    begin = f"complete -c autosyncctl -n {_quoted(condition)}"
    lines = []
    if operand.choices:
        lines.append(f"{begin} -a {_quoted(' '.join(operand.choices))}")
    if repositories(operand):
        lines.append(f"{begin} -a '(__autosyncctl_repositories)' -d repository")
    if files(operand) or repositories(operand):
        lines.append(f"{begin} -F")
    return lines


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", r"\'") + "'"
