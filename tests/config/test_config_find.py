"""Where the configuration is looked for."""

from pathlib import Path

import pytest

from autosyncd.config.load import find
from autosyncd.errors import ConfigError


def written(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("repositories: []\n")
    return path


def test_the_option_wins_over_the_variable_and_the_places(tmp_path: Path, home: Path) -> None:
    given, variable = written(tmp_path / "a.yaml"), written(tmp_path / "b.yaml")
    place = written(home / ".config" / "autosync" / "autosync.yaml")
    environment = {"AUTOSYNC_CONFIG": str(variable)}
    assert find(str(given), environment=environment, home=home) == given
    assert find(None, environment=environment, home=home) == variable
    assert find(None, environment={}, home=home) == place


def test_xdg_config_home_replaces_the_usual_folder(tmp_path: Path, home: Path) -> None:
    written(home / ".config" / "autosync" / "autosync.yaml")
    there = written(tmp_path / "xdg" / "autosync" / "autosync.yaml")
    environment = {"XDG_CONFIG_HOME": str(tmp_path / "xdg")}
    assert find(None, environment=environment, home=home) == there


def test_a_tilde_in_a_named_file_is_the_home(home: Path) -> None:
    there = written(home / "a.yaml")
    assert find("~/a.yaml", environment={}, home=home) == there


@pytest.mark.skipif(Path("/etc/autosync/autosync.yaml").exists(), reason="this machine has one")
def test_no_configuration_at_all_is_none(home: Path) -> None:
    assert find(None, environment={"AUTOSYNC_CONFIG": ""}, home=home) is None


def test_a_named_file_that_is_not_there_is_a_mistake(tmp_path: Path, home: Path) -> None:
    written(home / ".config" / "autosync" / "autosync.yaml")
    gone = str(tmp_path / "gone.yaml")
    with pytest.raises(ConfigError, match=f"^{gone}:1: --config names .*no such file"):
        find(gone, environment={}, home=home)
    with pytest.raises(ConfigError, match=f"^{gone}:1: AUTOSYNC_CONFIG names .*no such file"):
        find(None, environment={"AUTOSYNC_CONFIG": gone}, home=home)


def test_an_empty_name_is_a_mistake(home: Path) -> None:
    with pytest.raises(ConfigError, match=r"^--config:1: "):
        find("", environment={}, home=home)


def test_a_broken_link_in_a_usual_place_is_never_passed_over(home: Path) -> None:
    place = home / ".config" / "autosync" / "autosync.yaml"
    place.parent.mkdir(parents=True)
    place.symlink_to("nowhere")
    assert find(None, environment={}, home=home) == place
