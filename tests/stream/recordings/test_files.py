"""Names of recordings, and searching folders for them."""

import os
import sys
from pathlib import Path

import pytest

from unreadable import unreadable_folder
from whipbird.recordings.files import (
    LIBSNDFILE_SUFFIXES,
    Version,
    file_named,
    find_recordings,
    may_be_recording,
    version_of,
    walk,
)
from whipbird.text import as_text


@pytest.mark.parametrize("name", ["a.wav", "A.WAV", "20240501_040000.flac", "b.mp3", "a.part.wav"])
def test_recordings(name):
    assert may_be_recording(f"folder/{name}")


@pytest.mark.parametrize(
    "name", ["a.wav.part", "a.tmp", "a.wav~", "~a.wav", ".a.wav", "._a.wav", ".a.wav.Xy12", "a.txt", "wav", ".wav"]
)
def test_unfinished_and_other_files(name):
    assert not may_be_recording(f"folder/{name}")


def test_subfolders_are_searched_but_not_hidden_ones(tmp_path):
    for place in ("a.wav", "night/b.wav", "night/late/c.flac", ".Trashes/d.wav", "night/e.txt"):
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"12345")
    (tmp_path / "folder.wav").mkdir()
    (tmp_path / "nowhere.wav").symlink_to(tmp_path / "gone")
    (tmp_path / "round").symlink_to(tmp_path)
    found = {file.path: file for file in walk(str(tmp_path))}
    assert {os.path.relpath(path, tmp_path) for path in found} == {"a.wav", "night/b.wav", "night/late/c.flac"}
    a = str(tmp_path / "a.wav")
    assert found[a] == version_of(a) == Version(a, 5, os.stat(a).st_mtime_ns)


def test_a_folder_alone_without_its_subfolders_and_with_other_suffixes(tmp_path):
    for place in ("a.wav", "b.m4a", "night/c.wav"):
        path = tmp_path / place
        path.parent.mkdir(exist_ok=True)
        path.touch()
    found = walk(tmp_path, suffixes=LIBSNDFILE_SUFFIXES, nested=False)
    assert [os.path.basename(file.path) for file in found] == ["a.wav"]


def test_the_address_of_a_file_is_its_path(tmp_path):
    path = tmp_path / "at night.wav"
    path.write_bytes(b"12345")
    assert list(find_recordings([path.as_uri(), tmp_path.as_uri()])) == [str(path)]


def test_a_link_to_a_file_counts_and_a_pipe_does_not(tmp_path):
    (tmp_path / "elsewhere").touch()
    (tmp_path / "a.wav").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(tmp_path / "b.wav")
    assert [file.path for file in walk(tmp_path)] == [str(tmp_path / "a.wav")]


def test_a_file_that_cannot_be_examined_is_reported_and_the_rest_found(tmp_path):
    (tmp_path / "a.wav").symlink_to(tmp_path / "gone")
    (tmp_path / "b.wav").touch()
    told = []
    found = list(walk(tmp_path, lambda path, error: told.append((path, error.strerror))))
    assert [file.path for file in found] == [str(tmp_path / "b.wav")]
    assert told == [(str(tmp_path / "a.wav"), "No such file or directory")]
    assert not list(walk(tmp_path / "nowhere", lambda path, error: told.append((path, error.strerror))))
    assert told[1] == (str(tmp_path / "nowhere"), "No such file or directory")


def test_a_file_that_is_not_there_has_no_version(tmp_path):
    assert version_of(str(tmp_path / "gone.wav")) is None


def test_problems_of_a_search_are_reported(tmp_path):
    folder = unreadable_folder(tmp_path)
    (tmp_path / "a.wav").touch()
    (tmp_path / "b.wav").symlink_to(tmp_path / "gone")
    told = []
    assert list(find_recordings([str(tmp_path)], told.append)) == [str(tmp_path / "a.wav")]
    link, deep = sorted(told, key=len)
    assert link == f"{tmp_path / 'b.wav'}: is a link to a file that does not exist"
    assert deep.startswith(folder)
    assert deep.endswith(": cannot be examined: File name too long")


@pytest.mark.skipif(sys.platform != "linux", reason="the system refuses such names")
def test_the_file_of_a_name_that_is_not_utf_8(tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/For\xeat.wav")
    Path(path).touch()
    assert file_named(as_text(path)) == path
    assert file_named(path) == path
    Path(tmp_path / "b\\xe9.wav").touch()  # a name of its own
    assert file_named(str(tmp_path / "b\\xe9.wav")) == str(tmp_path / "b\\xe9.wav")
    assert file_named(str(tmp_path / "nothing\\xe9.wav")) is None
