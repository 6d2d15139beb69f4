"""The clips of a folder, with their sources and the bounds of their calls."""

import shutil

import pytest

from made_calls import made_clips, made_recording
from whipbird.errors import DataError
from whipbird_train.calls.clips import read_folder


@pytest.fixture
def clips(tmp_path):
    return made_clips(tmp_path / "clips")


def plain(folder, *names):
    """Clips that no program has cut."""
    for number, name in enumerate(names):
        path = folder / "owl" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        made_recording(path, number, [1.0], seconds=3)
    return folder


def test_clips_that_were_cut_say_where_they_are_from(clips, tmp_path):
    found = read_folder(clips)
    assert (found.labels, found.sources_known) == (("whistle",), True)
    assert len(found.calls), len(found.background) == (6, 3)
    sources = {str(tmp_path / f"night {number}.wav") for number in range(3)}
    assert {one.source for one in found.calls} == {one.source for one in found.background} == sources
    assert found.calls[0].bounds_s == pytest.approx((1.0, 1.6))


@pytest.mark.parametrize(
    ("names", "sources"),
    [
        (["XC12-1.wav", "XC12-2.wav", "xc7.wav", "XC7-b.wav", "XC9.wav"], {"XC12", "xc7", "XC7", "XC9"}),
        (["a@0001.000s.wav", "a@0002.000s.wav", "b@0001.000s.wav", "b@3.000s.wav", "b@4.000s.wav"], {"a", "b"}),
        (["ann_nohash_1.wav", "ann_nohash_2.wav", "bob_nohash_1.wav", "bob_nohash_2.wav", "c_nohash_1.wav"],
         {"ann", "bob", "c"}),
    ],
)  # fmt: skip
def test_names_tell_the_source(tmp_path, names, sources):
    found = read_folder(plain(tmp_path, *names))
    assert found.sources_known
    assert {one.source for one in found.calls} == sources


def test_a_text_ends_the_source(tmp_path):
    folder = plain(tmp_path, "101-3-0.wav", "101-3-1.wav", "102-3-0.wav", "102-3-1.wav", "103-3-0.wav")
    assert {one.source for one in read_folder(folder, until="-").calls} == {"101", "102", "103"}
    assert not read_folder(folder).sources_known


def test_folders_that_cannot_be_trained_on(tmp_path, clips):
    with pytest.raises(DataError, match="is not a folder"):
        read_folder(tmp_path / "gone")
    with pytest.raises(DataError, match="no clips in sub-folders"):
        read_folder(tmp_path / "clips" / "whistle")
    with pytest.raises(DataError, match=r"^1 clip of 'owl': at least 5 are needed"):
        read_folder(plain(tmp_path / "one", "a.wav"))
    with pytest.raises(DataError, match=r"all 5 clips of 'owl' are from one recording, a: nothing is left to test on"):
        read_folder(plain(tmp_path / "same", *(f"a@{n}.000s.wav" for n in range(5))))
    (clips / "Whistle").mkdir()
    shutil.copy(next((clips / "whistle").iterdir()), clips / "Whistle")
    with pytest.raises(DataError, match="'Whistle' and 'whistle' differ only in case"):
        read_folder(clips)


def test_background_that_is_a_call(clips, tmp_path):
    shutil.copy(next((clips / "whistle").iterdir()), clips / "background" / "a.flac")
    with pytest.raises(DataError, match="is background, but the same sound as"):
        read_folder(clips)


def test_further_background(clips, tmp_path):
    (tmp_path / "more").mkdir()
    with pytest.raises(DataError, match="no recordings in"):
        read_folder(clips, tmp_path / "more")
    made_recording(tmp_path / "more" / "wind.wav", 9)
    assert len(read_folder(clips, tmp_path / "more").background) == 4
