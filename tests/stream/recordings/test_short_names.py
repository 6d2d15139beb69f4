"""Short names of recordings."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from whipbird.recordings.short_names import short_names

folders = st.lists(st.sampled_from("ab"), max_size=4)
paths = st.lists(st.tuples(folders, st.sampled_from(["x.wav", "y.wav"])).map(lambda path: Path("/", *path[0], path[1])))


def names(*paths):
    return short_names([Path(path) for path in paths])


def test_the_name_of_the_file_will_do():
    assert names("/forest/monday.wav", "/forest/tuesday.wav") == ["monday.wav", "tuesday.wav"]


def test_the_same_name_gets_the_folder_in_which_they_differ():
    assert names("/a/monday/1.wav", "/b/monday/1.wav", "/a/2.wav") == ["a/monday/1.wav", "b/monday/1.wav", "2.wav"]


def test_as_much_as_each_needs():
    assert names("/a/b/1.wav", "/c/b/1.wav", "/c/d/1.wav", "/1.wav") == ["a/b/1.wav", "c/b/1.wav", "d/1.wav", "/1.wav"]


def test_the_same_file_twice_has_one_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert names("1.wav", tmp_path / "1.wav") == ["1.wav", "1.wav"]


def test_no_recordings_have_no_names():
    assert names() == []


@given(paths)
def test_every_name_is_an_end_of_one_path_alone(paths):
    for name, path in zip(short_names(paths), paths, strict=True):
        assert [str(other) for other in {*paths} if f"/{other}".endswith(f"/{name}")] == [str(path)]
