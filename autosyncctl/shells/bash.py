"""Completion for bash (bash(1), Programmable Completion)."""

from collections.abc import Iterator

from autosyncctl.anatomy import Command, Operand, Option
from autosyncctl.shells.kinds import NAMES, files, repositories, valued

_BEGIN = f"""\
# Completion of autosyncctl for bash, made by `autosyncctl completion bash`.

# What fits what was typed: bare, with backslashes, or behind a quote that is still open. What bash
# takes for the end of a word (COMP_WORDBREAKS), such as a colon, stays where it is.
_autosyncctl_offer() {{
    local word typed typing=${{whole:-$cur}} quoted=
    [[ ${{cur:0:1}} == "'" || ${{cur:0:1}} == '"' ]] && quoted=yes
    while IFS= read -r word; do
        [[ -n $word ]] || continue
        if [[ -n $quoted ]]; then
            [[ $word == "${{cur:1}}"* ]] && COMPREPLY+=("$word")
        else
            printf -v typed %q "$word"
            [[ $word == "$typing"* || $typed == "$typing"* ]] || continue
            COMPREPLY+=("${{typed#"${{typing%"$cur"}}"}}")
        fi
    done
}}

_autosyncctl_list() {{
    local before=
    [[ $cur == *,* ]] && before=${{cur%,*}},
    local cur=${{cur##*,}} place=${{#COMPREPLY[@]}} whole=
    _autosyncctl_offer
    for ((; place < ${{#COMPREPLY[@]}}; place++)); do
        COMPREPLY[place]=$before${{COMPREPLY[place]}}
    done
    compopt -o nospace
}}

_autosyncctl_repositories() {{
    _autosyncctl_offer < <({NAMES})
}}

_autosyncctl_files() {{
    compopt -o filenames
    local file
    while IFS= read -r file; do
        COMPREPLY+=("$file")
    done < <(compgen -f -- "$cur")
}}

_autosyncctl() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD - 1]}} command= at
    local whole=${{COMP_LINE:0:COMP_POINT}}
    whole=${{whole##*[[:space:]]}}
    if [[ $whole == --*=* ]]; then
        prev=${{whole%%=*}}
        cur=${{whole#*=}}
    fi
    [[ $whole == *"$cur" && $whole != --*=* ]] || whole=$cur
    COMPREPLY=()
    for ((at = 1; at < COMP_CWORD; at++)); do
        case ${{COMP_WORDS[at]}} in
            --socket) ((at++)) ;;
            -*) ;;
            *)
                command=${{COMP_WORDS[at]}}
                break
                ;;
        esac
    done
"""

_END = """\
}

complete -F _autosyncctl autosyncctl
"""


def script(program: Command) -> str:
    """What a user's .bashrc sources."""
    parts = [
        _BEGIN,
        '    case "$command $prev" in\n',
        *(part for command in (program, *program.commands) for part in _values(program, command)),
        "    esac\n",
        '    case "$command $cur" in\n',
        *(_options(program, command) for command in (program, *program.commands)),
        f'        " "*) {_words(command.name for command in program.commands)} ;;\n',
        *(_operands(command) for command in program.commands),
        "    esac\n",
        _END,
    ]
    return "".join(parts)


def _values(program: Command, command: Command) -> Iterator[str]:
    name = "" if command is program else command.name
    for option in valued(command):
        cases = "|".join(f'"{name} {flag}"' for flag in option.flags)
        yield f"        {cases}) {_value(option)}; return ;;\n"


def _value(option: Option) -> str:
    if option.choices:
        return _words(option.choices, "list" if option.listed else "offer")
    return "_autosyncctl_files" if files(option) else ":"


def _options(program: Command, command: Command) -> str:
    name = "" if command is program else command.name
    flags = _words(flag for option in command.options for flag in option.flags)
    return f'        "{name} -"*) {flags} ;;\n'


def _operands(command: Command) -> str:
    offers = "; ".join(filter(None, map(_operand, command.operands))) or ":"
    return f'        "{command.name} "*) {offers} ;;\n'


def _operand(operand: Operand) -> str:
    offers = []
    if operand.choices:
        offers.append(_words(operand.choices))
    if repositories(operand):
        offers.append("_autosyncctl_repositories")
    if files(operand):
        offers.append("_autosyncctl_files")
    elif repositories(operand):
        offers.append("[[ ${#COMPREPLY[@]} -gt 0 ]] || _autosyncctl_files")
    return "; ".join(offers)


def _words(words: "Iterator[str] | tuple[str, ...]", how: str = "offer") -> str:
    listed = " ".join(words)
    return f"_autosyncctl_{how} < <(printf '%s\\n' {listed})" if listed else ":"
