"""Writes configuration files and loads them, or returns what is wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from autosyncd.config.load import load
from autosyncd.config.model import Config, RepositorySettings
from autosyncd.errors import ConfigError
from tests.config.json_schema import complaints


@dataclass(frozen=True, slots=True)
class Loader:
    """A folder with configuration files, and the environment they are read in."""

    folder: Path
    home: Path

    @property
    def file(self) -> Path:
        return self.folder / "autosync.yaml"

    def write(self, text: str | bytes, name: str = "autosync.yaml") -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else dedent(text).encode())
        return path

    def load(
        self,
        text: str | bytes,
        *paths: Path,
        environment: Mapping[str, str] | None = None,
    ) -> Config:
        file = self.write(text)
        config = load(file, paths=paths, environment=environment or {}, home=self.home)
        assert complaints(file.read_bytes()) == [], "the JSON Schema accepts what is right"
        return config

    def one(self, settings: str = "") -> RepositorySettings:
        """The only repository of a file in which it has these settings, a flow mapping's inside."""
        separator = ", " if settings else ""
        return self.load(f"repositories: [{{path: /r{separator}{settings}}}]").repositories[0]

    def problems(self, text: str | bytes, *paths: Path, **environment: str) -> list[str]:
        """The mistakes, without the folder before the file's name."""
        with pytest.raises(ConfigError) as caught:
            self.load(text, *paths, environment=environment)
        return [line.replace(f"{self.folder}/", "") for line in caught.value.problems]

    def problem(self, text: str | bytes, *paths: Path, **environment: str) -> str:
        """The only mistake."""
        problems = self.problems(text, *paths, **environment)
        assert len(problems) == 1, problems
        return problems[0]

    def setting_problem(self, settings: str) -> str:
        """The only mistake in the settings of one repository."""
        return self.problem(f"repositories: [{{path: /r, {settings}}}]")
