"""Which hidden folders of clones belong to which folder."""

from pathlib import Path

from autosyncd.onboarding.workshop import Workshop, check_not_interrupted, stale_workshops

NAME = ".autosync-clone-0123"


def whole(folder: Path, target: Path) -> Workshop:
    workshop = Workshop(folder, target)
    workshop.open()
    workshop.whole("me@server:docs.git")
    return workshop


def test_a_clone_for_a_folder_beside_it_is_not_that_of_the_folder_around_it(tmp_path: Path) -> None:
    """It may be under way just now."""
    beside = whole(tmp_path / NAME, tmp_path / "docs")
    assert list(stale_workshops(tmp_path)) == []
    check_not_interrupted(tmp_path)
    assert list(stale_workshops(tmp_path / "docs")) == [beside]


def test_so_it_is_where_the_folder_has_another_name_too(tmp_path: Path) -> None:
    whole(tmp_path / NAME, tmp_path / "docs")
    (tmp_path / "link").symlink_to(tmp_path)
    assert list(stale_workshops(tmp_path / "link")) == []


def test_what_was_left_in_a_disk_that_is_mounted_elsewhere_now_is_its_own(tmp_path: Path) -> None:
    whole(tmp_path / NAME, Path("/media/me/disk"))
    assert list(stale_workshops(tmp_path)) == [Workshop(tmp_path / NAME, tmp_path)]


def test_a_clone_goes_on_by_the_url_that_its_hint_shows(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / NAME, tmp_path)
    workshop.open()
    assert not workshop.is_of("https://me@server/docs.git")
    workshop.whole("https://me:secret@server/docs.git")
    assert workshop.is_of("https://me@server/docs.git")
    assert not workshop.is_of("https://me@server/notes.git")
