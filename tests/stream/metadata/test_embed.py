import shutil
import subprocess
from datetime import UTC, datetime

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from stream.errors import WhipbirdError
from stream.metadata import guano
from stream.metadata.chunks import read_header
from stream.metadata.embed import write_guano
from stream.metadata.guano import Guano

NOTES = Guano(
    {
        "Timestamp": guano.timestamp(datetime(2021, 7, 19, 21, tzinfo=UTC)),
        "Make": "whipbird",
        "Note": "größer",
    }
)


@pytest.fixture(
    params=[("wav", "PCM_16"), ("wav", "FLOAT"), ("rf64", "PCM_16"), ("flac", "PCM_16"), ("flac", "PCM_24")]
)
def clip(request, tmp_path, noise):
    """A recording of an odd number of samples in one of the formats."""
    form, subtype = request.param
    path = tmp_path / f"clip.{form}"
    soundfile.write(path, noise[:9_999], 16_000, subtype, format=form)
    return path


def notes(path):
    with path.open("rb") as file:
        return guano.from_bytes(read_header(file).guano or b"")


def test_it_reads_the_same_and_the_sound_stays(clip):
    before = soundfile.read(clip, dtype="int32")[0]
    write_guano(clip, NOTES)
    assert notes(clip) == NOTES
    np.testing.assert_array_equal(soundfile.read(clip, dtype="int32")[0], before)
    assert [path.name for path in clip.parent.iterdir()] == [clip.name]


def test_it_is_not_written_twice(clip):
    write_guano(clip, NOTES)
    content = clip.read_bytes()
    with pytest.raises(WhipbirdError, match=r"has (GUANO metadata|metadata of a WAV file)"):
        write_guano(clip, Guano({"Make": "another"}))
    assert clip.read_bytes() == content


def test_the_size_of_a_wav_file_is_right(tmp_path, wav):
    path = tmp_path / "clip.wav"
    path.write_bytes(wav(data=b"\0" * 15_999)[:-1])  # the last byte is missing, as some recorders do
    write_guano(path, NOTES)
    content = path.read_bytes()
    assert int.from_bytes(content[4:8], "little") == len(content) - 8
    assert notes(path) == NOTES


@pytest.mark.parametrize(
    ("cut", "message"), [(20, "not end where"), (1_000, "not end where"), (8, "neither WAV nor FLAC")]
)
def test_broken_files_are_left_alone(tmp_path, wav, cut, message):
    path = tmp_path / "clip.wav"
    path.write_bytes(wav()[:cut])
    with pytest.raises(WhipbirdError, match=message):
        write_guano(path, NOTES)
    assert path.read_bytes() == wav()[:cut]


@given(cut=st.integers(4, 87))  # its sound begins at byte 86
def test_flac_that_ends_before_its_sound_is_left_alone(tmp_path_factory, cut):
    path = tmp_path_factory.mktemp("cut") / "clip.flac"
    soundfile.write(path, np.zeros(100), 16_000)
    content = path.read_bytes()[:cut]
    path.write_bytes(content)
    with pytest.raises(WhipbirdError, match="does not begin where"):
        write_guano(path, NOTES)
    assert path.read_bytes() == content


def test_something_behind_the_last_chunk_is_not_cut_off(tmp_path, wav):
    path = tmp_path / "clip.wav"
    path.write_bytes(wav() + b"12345")
    with pytest.raises(WhipbirdError, match="not end where"):
        write_guano(path, NOTES)
    assert path.read_bytes() == wav() + b"12345"


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg reads these recordings")
def test_another_program_reads_the_same_sound(clip, tmp_path):
    def digest():
        command = ["ffmpeg", "-loglevel", "error", "-i", clip, "-f", "md5", "-"]
        return subprocess.run(command, check=True, capture_output=True, text=True)

    before = digest()
    write_guano(clip, NOTES)
    after = digest()
    assert (after.stdout, after.stderr) == (before.stdout, "")


@pytest.mark.skipif(shutil.which("flac") is None, reason="flac makes a WAV file of it")
@pytest.mark.parametrize("subtype", ["PCM_S8", "PCM_16", "PCM_24"])
@pytest.mark.parametrize("channels", [1, 2, 4])
def test_flac_gives_back_a_wav_file_with_guano(tmp_path, noise, subtype, channels):
    path = tmp_path / "clip.flac"
    soundfile.write(path, np.stack([noise[:9_999]] * channels, axis=1), 16_000, subtype)
    sound = soundfile.read(path, dtype="int32")[0]
    write_guano(path, NOTES)
    subprocess.run(["flac", "-s", "-d", "--keep-foreign-metadata", "clip.flac"], cwd=tmp_path, check=True)
    restored = (tmp_path / "clip.wav").read_bytes()
    for kept in (restored[:12], restored[12 : restored.index(b"data")]):  # neither its size nor its format is another
        assert kept in path.read_bytes()
    assert notes(tmp_path / "clip.wav") == NOTES
    np.testing.assert_array_equal(soundfile.read(tmp_path / "clip.wav", dtype="int32")[0], sound)
