"""Folders of bundles: where one may be written, and copies with another card."""

import shutil
from pathlib import Path

import pytest

from whipbird.errors import WhipbirdError
from whipbird.models.bundle import read_card
from whipbird.models.model import Model
from whipbird_train.export.bundle_folder import check_target, copy_bundle


@pytest.fixture
def louder(shipped):
    """The shipped card with another threshold for "yes"."""
    card = read_card(shipped)
    changed = card.debounce["yes"].model_copy(update={"on": 0.95})
    return card.model_copy(update={"debounce": card.debounce | {"yes": changed}})


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_bundle_goes_where_nothing_is_lost(tmp_path):
    for free in ("nowhere", "empty", "bundle"):
        if free != "nowhere":
            (tmp_path / free).mkdir()
        if free == "bundle":
            (tmp_path / free / "card.json").touch()
        check_target(tmp_path / free)
    (tmp_path / "file").touch()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").touch()
    for taken in ("file", "other"):
        with pytest.raises(WhipbirdError, match=f"{taken} exists and is not a model"):
            check_target(tmp_path / taken)


def test_a_copy_differs_in_its_card_alone(shipped, louder, tmp_path):
    folder = tmp_path / "deeper" / "louder"
    copy_bundle(shipped, folder, louder)
    assert Model(str(folder)).card == louder
    same = content(shipped) | {"card.json": (folder / "card.json").read_bytes()}
    assert content(folder) == same
    assert [path.name for path in folder.parent.iterdir()] == ["louder"]


def test_a_copy_can_be_read_by_all_who_can_read_the_bundle(shipped, louder, tmp_path):
    copy_bundle(shipped, tmp_path / "louder", louder)
    assert (tmp_path / "louder").stat().st_mode == shipped.stat().st_mode


def test_it_takes_the_place_of_an_earlier_one(shipped, louder, tmp_path):
    folder = tmp_path / "louder"
    folder.mkdir()
    (folder / "card.json").write_text("old")
    (folder / "left-over.png").touch()
    (folder / ".DS_Store").touch()
    copy_bundle(shipped, folder, louder)
    assert content(folder).keys() == content(shipped).keys()


def test_a_bundle_may_be_copied_to_its_own_place(bundle, louder):
    copy_bundle(bundle, bundle, louder)
    assert Model(str(bundle)).card == louder


def test_what_is_no_bundle_is_kept(shipped, louder, tmp_path):
    (tmp_path / "notes.txt").write_text("not to be had again")
    with pytest.raises(WhipbirdError, match="exists and is not a model; name another folder"):
        copy_bundle(shipped, tmp_path, louder)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_where_nothing_can_be_written_is_said_in_one_line(shipped, louder, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(WhipbirdError, match=r"^cannot write .*louder: [A-Za-z ]+$"):
        copy_bundle(shipped, tmp_path / "file" / "louder", louder)


def test_a_failed_copy_leaves_the_old_one_and_nothing_else(louder, tmp_path):
    folder = tmp_path / "louder"
    folder.mkdir()
    (folder / "card.json").write_text("old")
    with pytest.raises(WhipbirdError, match=r"cannot write .*louder: No such file"):
        copy_bundle(tmp_path / "nowhere", folder, louder)
    assert content(folder) == {"card.json": b"old"}
    assert [path.name for path in tmp_path.iterdir()] == ["louder"]


@pytest.mark.parametrize("name", ["notes.txt", "recordings"])
def test_what_somebody_put_into_a_bundle_is_kept(shipped, louder, tmp_path, name):
    folder = shutil.copytree(shipped, tmp_path / "louder")
    (folder / name).mkdir() if name == "recordings" else (folder / name).touch()
    with pytest.raises(WhipbirdError, match=f"louder is a model, but {name} is not one of its files"):
        copy_bundle(shipped, folder, louder)
    assert (folder / name).exists()


def test_the_old_one_stays_where_the_new_one_cannot_take_its_place(shipped, louder, tmp_path, monkeypatch):
    folder = shutil.copytree(shipped, tmp_path / "louder")
    rename = Path.rename

    def fails(path, target):
        if path.name == "new":
            raise PermissionError(13, "Permission denied")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(WhipbirdError, match=r"cannot write .*louder: Permission denied"):
        copy_bundle(shipped, folder, louder)
    assert content(folder) == content(shipped)
    assert [path.name for path in tmp_path.iterdir()] == ["louder"]


def test_a_link_to_a_bundle_still_leads_to_it(shipped, louder, tmp_path):
    folder = shutil.copytree(shipped, tmp_path / "models" / "louder")
    link = tmp_path / "link"
    link.symlink_to(folder, target_is_directory=True)
    copy_bundle(shipped, link, louder)
    assert link.is_symlink()
    assert Model(str(folder)).card == louder


def test_the_page_of_a_copy_may_say_something_else(shipped, louder, tmp_path):
    copy_bundle(shipped, tmp_path / "louder", louder, page=str.upper)
    assert (tmp_path / "louder" / "README.md").read_text() == (shipped / "README.md").read_text().upper()
