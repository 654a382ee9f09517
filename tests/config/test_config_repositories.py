"""Which repositories there are: paths, names, duplicates, and the files they come from."""

import os
from pathlib import Path

import pytest

from autosyncd.config.load import load
from autosyncd.config.model import Config
from autosyncd.errors import ConfigError
from tests.config.config_loader import Loader


def names(config: Config) -> list[str]:
    return [repository.name for repository in config.repositories]


def paths(config: Config) -> list[str]:
    return [str(repository.path) for repository in config.repositories]


def test_paths_are_absolute_from_the_file_s_folder_and_keep_their_links(loader: Loader) -> None:
    (loader.folder / "real").mkdir()
    (loader.folder / "link").symlink_to("real")
    config = loader.load(
        "repositories: [link, ~/docs, $DATA/x, /a/b/]", environment={"DATA": "/data"}
    )
    assert paths(config) == [f"{loader.folder}/link", f"{loader.home}/docs", "/data/x", "/a/b"]


def test_a_path_where_there_is_nothing_is_no_mistake(loader: Loader) -> None:
    assert paths(loader.load("repositories: [/no/such/place]")) == ["/no/such/place"]


def test_a_name_is_the_last_part_of_the_path(loader: Loader) -> None:
    assert names(loader.load("repositories: [/a/docs, /a/notes/, /]")) == ["docs", "notes", "/"]


def test_where_default_names_clash_the_path_is_the_name_of_both(loader: Loader) -> None:
    config = loader.load("repositories: [/a/docs, /b/docs, /b/notes]")
    assert names(config) == ["/a/docs", "/b/docs", "notes"]


def test_a_given_name_stays_where_a_default_one_clashes_with_it(loader: Loader) -> None:
    config = loader.load("repositories: [/a/docs, {path: /b, name: docs}]")
    assert names(config) == ["/a/docs", "docs"]


def test_two_equal_given_names_are_a_mistake_that_names_both_places(loader: Loader) -> None:
    problem = loader.problem("""\
        repositories:
          - path: /a
            name: docs
          - path: /b
            name: docs
    """)
    assert problem.startswith("autosync.yaml:5: repositories[1].name: the name 'docs' is taken by ")
    assert "repositories[0].name (autosync.yaml:3);" in problem


def test_a_name_from_a_path_is_always_printable(loader: Loader) -> None:
    odd = Path(os.fsdecode(b"/a/x\n\x1b\xff"))
    assert names(loader.load("repositories: []", odd)) == [r"x\n\x1b\xff"]


def test_the_same_path_twice_is_a_mistake_that_names_both_places(loader: Loader) -> None:
    problem = loader.problem("repositories:\n  - /a/docs\n  - path: /a/./x/../docs\n")
    assert problem.startswith("autosync.yaml:3: repositories[1].path: '/a/docs' is the same ")
    assert "repositories[0] (autosync.yaml:2);" in problem


def test_the_same_directory_by_way_of_a_link_is_a_mistake(loader: Loader) -> None:
    (loader.folder / "real").mkdir()
    (loader.folder / "link").symlink_to("real")
    assert "is the same directory as" in loader.problem("repositories: [real, link]")


def test_the_same_directory_in_two_files_is_a_mistake_that_names_both(loader: Loader) -> None:
    loader.write("repositories:\n\n  - /a\n", "autosync.d/more.yaml")
    problem = loader.problem("repositories: [/a]")
    assert problem.startswith("autosync.d/more.yaml:3: repositories[0]: '/a' is the same")
    assert "(autosync.yaml:1)" in problem


def test_files_in_autosync_d_add_repositories_in_the_order_of_their_names(loader: Loader) -> None:
    loader.write("repositories: [/b]", "autosync.d/2.yaml")
    loader.write("repositories: [{path: x, push_delay: 1s}]", "autosync.d/10.yaml")
    loader.write("not: [read", "autosync.d/.#2.yaml")
    loader.write("not: [read", "autosync.d/note.txt")
    config = loader.load("defaults: {settle: 9s}\nrepositories: [/a]")
    assert paths(config) == ["/a", f"{loader.folder}/autosync.d/x", "/b"]
    assert [repository.settle for repository in config.repositories] == [9, 9, 9]
    assert config.repositories[1].push_delay == 1
    assert config.file == loader.file
    assert config.sources == (
        loader.file,
        loader.folder / "autosync.d" / "10.yaml",
        loader.folder / "autosync.d" / "2.yaml",
    )


@pytest.mark.parametrize("key", ["defaults", "channels", "control", "vcs", "notifications"])
def test_files_in_autosync_d_hold_nothing_but_repositories(loader: Loader, key: str) -> None:
    loader.write(f"{key}: {{}}", "autosync.d/a.yaml")
    problem = loader.problem("repositories: []")
    assert problem.startswith(f"autosync.d/a.yaml:1: {key}: does not belong here; ")
    assert "allowed: repositories (did you mean" in problem


def test_an_autosync_d_that_is_no_folder_is_a_mistake(loader: Loader) -> None:
    loader.write("", "autosync.d")
    assert loader.problem("repositories: []").startswith("autosync.d:1: can't be read: Not a dir")


def test_a_dangling_link_in_autosync_d_is_a_mistake(loader: Loader) -> None:
    (loader.folder / "autosync.d").mkdir()
    (loader.folder / "autosync.d" / "x.yaml").symlink_to("nowhere")
    problem = loader.problem("repositories: []")
    assert problem.startswith("autosync.d/x.yaml:1: can't be read: No such file")


def test_paths_of_the_command_line_are_added_with_the_defaults(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    config = loader.load("defaults: {settle: 9s}\nrepositories: [/a]", Path("x"), Path("/y"))
    assert paths(config) == ["/a", f"{tmp_path}/x", "/y"]
    assert [repository.settle for repository in config.repositories] == [9, 9, 9]


def test_paths_of_the_command_line_are_taken_as_they_are(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert paths(loader.load("repositories: []", Path("$A"))) == [f"{tmp_path}/$A"]


def test_with_paths_no_file_is_needed(loader: Loader) -> None:
    config = load(None, paths=[Path("/a/docs")], environment={}, home=loader.home)
    assert names(config) == ["docs"]
    assert (config.file, config.sources) == (None, ())


def test_a_path_of_the_command_line_that_is_configured_already_is_a_mistake(
    loader: Loader,
) -> None:
    problem = loader.problem("repositories: [/a]", Path("/b"), Path("/a"))
    assert problem.startswith("command line:2: PATH: '/a' is the same directory as repositories[0]")


def test_a_working_directory_that_is_gone_is_one_mistake(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    problem = loader.problem("repositories: []", Path("x"), Path("/y"))
    assert problem.startswith("command line:1: PATH: 'x' is relative, and the working directory")


def test_a_file_named_relatively_is_shown_as_it_was_named(
    loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(loader.folder)
    loader.write("repositories: [x]")
    file = Path("autosync.yaml")
    config = load(file, environment={}, home=loader.home)
    assert (config.file, paths(config)) == (loader.file, [f"{loader.folder}/x"])
    loader.write("x: 1")
    with pytest.raises(ConfigError, match=r"^autosync\.yaml:1: x: unknown key"):
        load(file, environment={}, home=loader.home)
