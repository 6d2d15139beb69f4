"""What counts as a recording, and what a look through a folder finds."""

import os

import pytest

from stream.watch.files import Version, is_readable, may_be_recording, sweep, version_of


@pytest.mark.parametrize("name", ["a.wav", "A.WAV", "20240501_040000.flac", "b.mp3", "a.part.wav"])
def test_recordings(name):
    assert may_be_recording(f"folder/{name}")


@pytest.mark.parametrize(
    "name", ["a.wav.part", "a.tmp", "a.wav~", "~a.wav", ".a.wav", "._a.wav", ".a.wav.Xy12", "a.txt", "wav", ".wav"]
)
def test_what_is_to_become_one_or_is_none(name):
    assert not may_be_recording(f"folder/{name}")


def test_subfolders_are_looked_through_hidden_ones_are_not(tmp_path):
    for place in ("a.wav", "night/b.wav", "night/late/c.flac", ".Trashes/d.wav", "night/e.txt"):
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"12345")
    (tmp_path / "folder.wav").mkdir()
    (tmp_path / "nowhere.wav").symlink_to(tmp_path / "gone")
    (tmp_path / "round").symlink_to(tmp_path)
    found = sweep(str(tmp_path))
    assert {os.path.relpath(path, tmp_path) for path in found} == {"a.wav", "night/b.wav", "night/late/c.flac"}
    a = str(tmp_path / "a.wav")
    assert found[a] == version_of(a) == Version(a, 5, os.stat(a).st_mtime_ns)


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        sweep(str(tmp_path / "gone"))


def test_a_file_that_is_not_there_has_no_version(tmp_path):
    assert version_of(str(tmp_path / "gone.wav")) is None
    assert not is_readable(str(tmp_path / "gone.wav"))


@pytest.mark.parametrize("content", [b"", b"1", b"123"])
def test_readable_to_its_end(tmp_path, content):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    assert is_readable(str(path))
