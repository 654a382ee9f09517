"""The configuration as a JSON Schema (draft 7) for editors, made from the table of the checks.

It knows YAML 1.2, as editors do. What depends on the machine, on other entries or on git is left to
`autosyncd --check`.
"""

from typing import Any

import yaml

from autosyncd.config.compounds import Arguments, Commands, Message, Policy
from autosyncd.config.scalars import (
    Choice,
    Duration,
    Flag,
    Kind,
    Number,
    PathText,
    Pattern,
    Share,
    Size,
    Text,
)
from autosyncd.config.schema import TOP
from autosyncd.config.structures import Key, ListOf, MappingOf, PathOr, Section
from autosyncd.config.table_kinds import Expression

Schema = dict[str, Any]

DIALECT = "http://json-schema.org/draft-07/schema#"

_DIGITS = r"[0-9]+(\.[0-9]+)?"
_SHARE = r"^(100(\.0+)?|[0-9]{1,2}(\.[0-9]+)?)%$"
_YES_OR_NO = r"^([Yy][Ee][Ss]|[Nn][Oo]|[Oo][Nn]|[Oo][Ff][Ff])$"
_TEXT: Schema = {"type": "string", "pattern": r"\S"}
_WORD: Schema = {"type": ["string", "number"]}
_ARGUMENTS: Schema = {
    "type": "array",
    "minItems": 1,
    "items": [{"type": ["string", "number"], "not": {"const": ""}}],
    "additionalItems": _WORD,
}


def json_schema() -> Schema:
    """The schema of autosync.yaml."""
    about = "autosync.yaml, the configuration of autosync"
    return {"$schema": DIALECT, "title": "autosync", "description": about, **_section(TOP)}


def _section(section: Section) -> Schema:
    schema: Schema = {
        "type": ["object", "null"],
        "properties": {key.name: _key(key) for key in section.keys},
        "additionalProperties": False,
    }
    if required := [key.name for key in section.keys if key.required]:
        schema |= {"type": "object", "required": required}
    if section.one_of:
        schema["oneOf"] = [{"required": [name]} for name in section.one_of]
    if names := section.at_most_one:
        none = {"not": {"anyOf": [{"required": [name]} for name in names]}}
        schema["oneOf"] = [none, *({"required": [name]} for name in names)]
    return schema


def _key(key: Key) -> Schema:
    schema = {"description": key.meaning, **_kind(key.kind)}
    if key.default.startswith("`"):
        schema["default"] = yaml.safe_load(key.default.strip("`"))
    return schema


def _kind(kind: Kind) -> Schema:
    match kind:
        case Section():
            return _section(kind)
        case PathOr():
            return {"anyOf": [_TEXT, _section(kind.section)]}
        case ListOf():
            kinds = ["array", "null"] if kind.placed else "array"
            return {"type": kinds, "items": _kind(kind.item)}
        case MappingOf():
            kinds = ["object", "null"] if kind.placed else "object"
            return {"type": kinds, "additionalProperties": _kind(kind.item)}
        case Arguments() | Commands() | Message() | Policy():
            return _compound(kind)
        case _:
            return _scalar(kind)


def _compound(kind: Arguments | Commands | Message | Policy) -> Schema:
    match kind:
        case Arguments():
            return _ARGUMENTS
        case Commands():
            several = {"type": "array", "items": _ARGUMENTS}
            return {"anyOf": [several, _ARGUMENTS]}
        case Message():
            command = {"command": _ARGUMENTS}
            program = {"type": "object", "properties": command, "required": ["command"]}
            return {"anyOf": [_TEXT, {**program, "additionalProperties": False}]}
        case Policy():
            rules = {"enum": ["keep-both", "stop", "newest"]}
            by_pattern = {"type": "object", "additionalProperties": rules}
            return {"anyOf": [{"enum": ["keep-both", "stop"]}, by_pattern]}


def _scalar(kind: Kind) -> Schema:
    match kind:
        case Choice():
            return {"enum": list(kind.options)}
        case Flag():
            words = {"type": "string", "pattern": _YES_OR_NO}
            return {"anyOf": [{"type": "boolean"}, words]}
        case Duration():
            return _duration(kind)
        case Size():
            number = {"type": "integer", "minimum": 0}
            return {"anyOf": [number, {"type": "string", "pattern": rf"^{_DIGITS}(KB|MB|GB)?$"}]}
        case Share():
            return {"type": "string", "pattern": _SHARE}
        case Number():
            return {"type": "integer", "minimum": kind.least, "maximum": kind.most}
        case Text():
            return _text(kind)
        case PathText() | Pattern() | Expression():
            return _TEXT
    raise TypeError(f"no JSON Schema for {kind}")


def _duration(kind: Duration) -> Schema:
    least = {"type": "number", "minimum": kind.least}
    number = {"anyOf": [least, {"const": 0}]} if kind.zero and kind.least else least
    written = r"^([0-9]+(\.[0-9]+)?|\.[0-9]+)(ms|s|m|h|d)?$"
    return {"anyOf": [number, {"type": "string", "pattern": written}]}


def _text(kind: Text) -> Schema:
    """Python's own notation for `.` that is any character does not exist elsewhere."""
    form = kind.form.removeprefix("(?s)")
    if form != kind.form:
        form = form.replace(".", r"[\s\S]")
    text = {"type": "string", "pattern": f"^({form})$"}
    return {"anyOf": [text, {"type": "number"}]} if kind.numbers else text
