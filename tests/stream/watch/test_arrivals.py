"""Looking through folders, with a real observer and without one."""

import os
import shutil

import pytest

from unreadable import unreadable_folder
from waiting import wait_until
from whipbird.watch.arrivals import Arrivals


@pytest.fixture(params=[True, False], ids=["events", "sweeps alone"])
def arrivals(request):
    made = []

    def make(*folders, notices=None):
        made.append(
            Arrivals(
                [str(folder) for folder in folders],
                request.param,
                lambda text, _: None if notices is None else notices.append(text),
            )
        )
        return made[-1]

    make.events = request.param
    yield make
    for one in made:
        one.close()


def renamed(arrivals, one):
    """Wait until the system has reported new names."""
    found = set()
    if arrivals.events:
        wait_until(lambda: found.update(one.renamed()) or found)
    return sorted(found)


def names(found):
    return sorted(os.path.basename(path) for path in found)


def test_files_of_all_folders_each_once(arrivals, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "a.wav").touch()
    (tmp_path / "in" / "b.wav").touch()
    assert names(arrivals(tmp_path, tmp_path / "in").look()) == ["a.wav", "b.wav"]


def test_the_system_reports_a_new_file(arrivals, tmp_path):
    one = arrivals(tmp_path)
    assert one.look() == {}
    (tmp_path / "a.wav").touch()
    if arrivals.events:
        wait_until(one.changed.is_set)
    assert names(one.look()) == ["a.wav"]


def test_a_file_renamed_into_place_is_reported(arrivals, tmp_path):
    one = arrivals(tmp_path)
    one.look()
    (tmp_path / "a.wav.part").touch()
    (tmp_path / "a.wav.part").rename(tmp_path / "a.wav")
    assert renamed(arrivals, one) == [str(tmp_path / "a.wav")] * arrivals.events
    assert names(one.look()) == ["a.wav"]
    assert one.renamed() == set()


def test_a_renamed_folder_brings_its_files(arrivals, tmp_path):
    one = arrivals(tmp_path)
    (tmp_path / ".copying").mkdir()
    one.look()
    (tmp_path / ".copying" / "a.wav").touch()
    (tmp_path / ".copying").rename(tmp_path / "night")
    assert renamed(arrivals, one) == [str(tmp_path / "night" / "a.wav")] * arrivals.events
    assert names(one.look()) == ["a.wav"]


def test_a_folder_that_disappears_and_comes_back_is_reported_once(arrivals, tmp_path):
    notices = []
    folder = tmp_path / "card"
    folder.mkdir()
    (folder / "a.wav").touch()
    one = arrivals(folder, notices=notices)
    assert names(one.look()) == ["a.wav"]
    for _ in range(2):
        shutil.rmtree(folder)
        for _ in range(3):
            assert one.look() == {}
        folder.mkdir()
        (folder / "b.wav").touch()
        for _ in range(3):
            assert names(one.look()) == ["b.wav"]
    gone = f"{folder} is gone (No such file or directory); waiting for it"
    assert notices == [gone, f"{folder} is available"] * 2


def test_the_system_reports_changes_in_a_folder_that_has_come_back(arrivals, tmp_path):
    folder = tmp_path / "card"
    folder.mkdir()
    one = arrivals(folder)
    one.look()
    folder.rename(tmp_path / "elsewhere")
    folder.mkdir()
    one.look()
    one.changed.clear()
    (folder / "a.wav.part").touch()
    (folder / "a.wav.part").rename(folder / "a.wav")
    assert renamed(arrivals, one) == [str(folder / "a.wav")] * arrivals.events
    assert names(one.look()) == ["a.wav"]


def test_a_missing_folder_is_waited_for(arrivals, tmp_path):
    notices = []
    one = arrivals(tmp_path / "card", notices=notices)
    assert one.look() == one.look() == {}
    assert notices == [f"{tmp_path / 'card'} not found (No such file or directory); waiting for it"]
    (tmp_path / "card").mkdir()
    one.look()
    assert notices[1:] == [f"{tmp_path / 'card'} is available"]


def test_a_subfolder_that_cannot_be_read_is_reported_once_and_counted(arrivals, tmp_path):
    folder, notices = unreadable_folder(tmp_path), []
    (tmp_path / "a.wav").touch()
    one = arrivals(tmp_path, notices=notices)
    for _ in range(2):
        assert names(one.look()) == ["a.wav"]
        assert one.unexamined == 1
    assert len(notices) == 1
    assert notices[0].startswith(folder)
    assert notices[0].endswith(": cannot be examined: File name too long")
