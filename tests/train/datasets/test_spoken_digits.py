"""Free Spoken Digit Dataset."""

from collections import Counter

import pytest
import soundfile

from whipbird.errors import DataError
from whipbird_train.datasets.clips import Clip
from whipbird_train.datasets.spoken_digits import LABELS, read_clips


@pytest.mark.parametrize("place", ["", "recordings"])
def test_names_say_digit_speaker_and_take(tmp_path, noise, place):
    folder = tmp_path / place
    folder.mkdir(exist_ok=True)
    for name in ("7_theo_4.wav", "7_theo_5.wav", "notes.wav", "77_theo_1.wav"):
        soundfile.write(folder / name, noise[:100], 8_000)
    assert read_clips(tmp_path) == [
        Clip(folder / "7_theo_4.wav", "seven", "theo", "test"),
        Clip(folder / "7_theo_5.wav", "seven", "theo", "train"),
    ]


def test_nothing_found(tmp_path):
    with pytest.raises(DataError, match=r"DIGIT_SPEAKER_TAKE.*recordings/.*github\.com"):
        read_clips(tmp_path)


def test_the_recordings(data):
    clips = read_clips(data / "spoken-digits")
    assert Counter(clip.label for clip in clips) == dict.fromkeys(LABELS, 300)
    assert Counter(clip.split for clip in clips) == {"train": 2_700, "test": 300}
    assert len({clip.group for clip in clips}) == 6
