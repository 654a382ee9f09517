"""The schema, the model, the example and the reference say the same."""

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autosyncd.config import model, schema, table_parts, tools
from autosyncd.config.load import load
from autosyncd.config.settings import REPOSITORY
from autosyncd.config.structures import Key, MappingOf, Section
from tests.config.config_loader import Loader

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "autosync.yaml.example"
REFERENCE = ROOT / "docs" / "reference.md"


def keys(section: Section) -> Iterator[Key]:
    """All keys of the schema, those of sections below included."""
    for key in section.keys:
        yield key
        kind = key.kind.item if isinstance(key.kind, MappingOf) else key.kind
        if isinstance(kind, Section):
            yield from keys(kind)


def uncommented(text: str) -> str:
    """The example with all settings in use: `#key` and `#  key` are settings, `# text` is not."""
    return re.sub(r"(?m)^( *)#(?=[^ \n]|  )", r"\1", text)


def test_the_example_is_free_of_mistakes(home: Path) -> None:
    config = load(EXAMPLE, environment={}, home=home)
    assert [repository.path for repository in config.repositories] == [home / "docs"]


def test_the_example_with_every_setting_in_use_is_free_of_mistakes(loader: Loader) -> None:
    config = loader.load(uncommented(EXAMPLE.read_text()))
    assert [repository.name for repository in config.repositories] == ["docs", "notes"]
    assert config.channels.xmpp
    assert config.channels.reflector
    assert config.channels.ssh
    assert config.vcs


def test_the_example_has_every_key() -> None:
    text = EXAMPLE.read_text()
    names = {key.name for key in (*keys(schema.TOP), *REPOSITORY.keys)}
    assert [name for name in names if not re.search(rf"\b{name}\b", text)] == []


def test_the_example_shows_the_defaults_where_there_are_any(loader: Loader) -> None:
    config = loader.load(uncommented(EXAMPLE.read_text()))
    found = config.repositories[0]
    shown_otherwise = {"ignore", "on_conflict", "env"}
    for key in REPOSITORY.keys:
        if key.default.startswith("`") and key.name not in shown_otherwise:
            assert getattr(found, key.name) == getattr(loader.one(), key.name), key.name


@pytest.mark.parametrize(
    "key", [key for key in REPOSITORY.keys if key.default.startswith("`")], ids=lambda key: key.name
)
def test_a_default_of_the_schema_is_that_of_the_model(loader: Loader, key: Key) -> None:
    written = loader.one(f"{key.name}: {key.default.strip('`')}")
    assert written == loader.one()


@pytest.mark.parametrize(
    ("section", "settings", "more"),
    [
        (REPOSITORY, model.RepositorySettings, set()),
        (schema.CHANNELS, model.ChannelSettings, set()),
        (schema.XMPP, model.XmppSettings, {"password_file", "password_command"}),
        (schema.REFLECTOR, model.ReflectorSettings, {"key_file", "key_command"}),
        (schema.CONTROL, model.ControlSettings, set()),
        (tools.VCS_TABLE, model.VcsTable, set()),
        (table_parts.MERGE, model.MergeTable, set()),
        (table_parts.AROUND, model.AroundTable, set()),
        (table_parts.ANSWERS_FROM, model.AnswersFrom, set()),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_keys_of_the_schema_are_the_fields_of_the_model(
    section: Section, settings: Any, more: set[str]
) -> None:
    fields = {field.name for field in dataclasses.fields(settings)}
    free = {"name"} if settings is model.VcsTable else set()
    assert set(section.names) == (fields - free) | more


def test_the_reference_has_the_row_of_every_key() -> None:
    text = REFERENCE.read_text()
    rows = [
        f"| `{key.name}` | {key.default or 'none'} | {key.meaning} |"
        for key in (*keys(schema.TOP), *REPOSITORY.keys)
    ]
    assert [row for row in rows if row not in text] == []
