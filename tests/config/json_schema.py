"""What an editor with our JSON Schema says of a file."""

import re
from functools import cache
from typing import Any

import jsonschema
import yaml

from autosyncd.config.json_schema import json_schema


class EditorsLoader(yaml.SafeLoader):
    """YAML 1.2's core schema, as editors have it: `off` and `1:30` are text."""


EditorsLoader.yaml_implicit_resolvers = {}
for tag, form, first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", "~nN"),
    ("merge", "<<", "<"),
):
    EditorsLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{form})$"), [*first, ""]
    )


def _decimal(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    return int(loader.construct_scalar(node))


EditorsLoader.add_constructor("tag:yaml.org,2002:int", _decimal)


@cache
def validator() -> Any:
    """A checker for our schema, which itself is checked first."""
    schema = json_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def complaints(text: str | bytes) -> list[str]:
    """Where the file breaks the schema."""
    document = yaml.load(text, Loader=EditorsLoader)  # noqa: S506 - a SafeLoader
    if document is None:
        return []
    return sorted(error.json_path for error in validator().iter_errors(document))
