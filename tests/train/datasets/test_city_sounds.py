"""City sounds: their splits."""

import numpy as np
import pytest
import soundfile

from whipbird.errors import DataError
from whipbird_train.datasets.city_sounds import city_clips

RATE_HZ = 8_000
CHILDREN, SIREN = 2, 8


@pytest.fixture
def folder(tmp_path):
    """Clips of two seconds in which every sample is the number of the recording."""
    for fold, recordings in ((1, (11, 12)), (2, (21,)), (3, (31,)), (10, (101,))):
        for recording in recordings:
            kind = CHILDREN if recording % 10 == 1 else SIREN
            for cut in range(3):
                place = tmp_path / f"fold{fold}" / f"{recording}-{kind}-0-{cut}.wav"
                place.parent.mkdir(exist_ok=True)
                soundfile.write(place, np.full(2 * RATE_HZ, recording / 1000), RATE_HZ, subtype="FLOAT")
    soundfile.write(tmp_path / "fold1" / "13-8-0-0.wav", np.zeros(2 * RATE_HZ), RATE_HZ)
    soundfile.write(tmp_path / "fold1" / "14-8-0-0.wav", np.ones(100), RATE_HZ)
    return tmp_path


def recordings_in(waves):
    return sorted({round(float(value) * 1000) for wave in waves for value in np.unique(wave)})


def test_odd_folds_are_trained_on_and_even_ones_are_not(folder):
    assert recordings_in(city_clips(folder, "train", RATE_HZ)) == [11, 12, 31]
    assert recordings_in(city_clips(folder, "validation", RATE_HZ)) == [21, 101]


def test_a_folder_without_such_folds_is_an_error(folder):
    for fold in ("fold2", "fold10"):
        for path in (folder / fold).iterdir():
            path.unlink()
    with pytest.raises(DataError, match="no even fold"):
        city_clips(folder, "validation", RATE_HZ)
