"""Recordings of phrases by people: of one, anywhere in a folder; of several, in a folder for each."""

import numpy as np
import pytest
import soundfile

from whipbird.errors import DataError
from whipbird_train.phrases.recordings import RATE_HZ, read_own


def write(path, seconds=1.0, silence_s=0.5):
    path.parent.mkdir(parents=True, exist_ok=True)
    sound = 0.3 * np.sin(np.arange(round(seconds * RATE_HZ)))
    soundfile.write(path, np.pad(sound, round(silence_s * RATE_HZ)), RATE_HZ)


def test_silence_around_a_phrase_is_left_out(tmp_path):
    write(tmp_path / "deep" / "one.wav")
    write(tmp_path / "two.flac")
    [(text, clips)] = read_own(tmp_path, ["hey"]).items()
    assert text == "hey"
    assert [len(clip) for clip in clips] == pytest.approx([RATE_HZ] * 2, abs=400)


def test_several_phrases_have_folders(tmp_path):
    write(tmp_path / "hey computer" / "one.wav")
    write(tmp_path / "lights" / "one.wav")
    assert list(read_own(tmp_path, ["lights", "hey computer"])) == ["lights", "hey computer"]
    with pytest.raises(DataError, match="no recordings of 'door'"):
        read_own(tmp_path, ["lights", "door"])


def test_a_missing_folder_and_a_long_recording_are_refused(tmp_path):
    with pytest.raises(DataError, match="no recordings of 'hey'"):
        read_own(tmp_path / "missing", ["hey"])
    write(tmp_path / "long.wav", 10.0)
    with pytest.raises(DataError, match="11 s; each holds one 'hey'"):
        read_own(tmp_path, ["hey"])
