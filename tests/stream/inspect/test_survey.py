import tracemalloc

import numpy as np
import pytest

from made_recordings import noise, surveyed, write
from triggered import BLOCK, write_wav
from whipbird.errors import SourceError
from whipbird.inspect.survey import survey_recording
from whipbird.recordings.reader import Recording

RATE_HZ = 8000


@pytest.fixture
def path(tmp_path):
    """Four seconds of noise; in the third, it is ten times as loud."""
    sound = noise(4, RATE_HZ, 0.01)
    sound[2 * RATE_HZ : 3 * RATE_HZ] *= 10
    return write(tmp_path / "sound.wav", sound, RATE_HZ)


def test_a_whole_recording(path):
    found = surveyed(path)
    assert (found.start, found.end, found.read, found.promised) == (0, 32_000, 32_000, 32_000)
    assert found.problem == ""


def test_what_a_trigger_left_out_is_not_measured(tmp_path):
    """Levels, flaws and bandwidth are those of the sound alone; pictures show it at its times."""
    sound = np.round(2**15 * noise(4, RATE_HZ, 0.05)).astype(np.int16)
    sound[5_000:5_100] = 0  # a dropout
    sound[25_000:25_100] = 0
    whole = surveyed(write(tmp_path / "whole.wav", sound / 2**15, RATE_HZ))
    blocks = 60 * RATE_HZ // BLOCK
    found = surveyed(write_wav(tmp_path / "20240501_060000T.WAV", RATE_HZ, sound[:16_000], blocks, sound[16_000:]))
    assert (found.end_s, found.below_trigger) == (64, 60 * RATE_HZ)
    assert found.levels.rms[0] == pytest.approx(whole.levels.rms[0])
    assert found.levels.noise_floors_dbfs == pytest.approx(whole.levels.noise_floors_dbfs, abs=0.3)
    (runs,) = found.flat_runs
    assert runs.silent_samples == 0
    assert [run.start for run in runs.first_dropouts] == [5_000, 25_000 + 60 * RATE_HZ]
    ratio = found.spectra.mean() / whole.spectra.mean()
    assert 10 * np.log10(ratio[5:-5].mean()) == pytest.approx(0, abs=0.5)
    _, highs = found.envelope.outline()
    seconds = np.arange(len(highs)) * found.envelope.column_s
    assert np.all(highs[(seconds > 2.2) & (seconds < 61.8)] == 0)
    assert np.all(highs[seconds > 62.2] > 0.05)


def test_a_part_may_begin_and_end_where_something_was_left_out(tmp_path):
    sound = np.full(16_000, 1_000, np.int16)
    path = write_wav(tmp_path / "20240501_060000T.WAV", RATE_HZ, sound, 60 * RATE_HZ // BLOCK, sound)
    inside = surveyed(path, begin_s=1.5, end_s=10)
    assert (inside.begin_s, inside.end_s, inside.below_trigger) == (1.5, 10, 8 * RATE_HZ)
    after = surveyed(path, begin_s=50, end_s=63)
    assert (after.begin_s, after.end_s, after.below_trigger) == (50, 63, 12 * RATE_HZ)


def test_only_the_part_is_measured(path):
    found = surveyed(path, begin_s=2, end_s=3)
    assert (found.begin_s, found.end_s, found.read) == (2, 3, None)
    assert found.levels.rms[0] == pytest.approx(0.1, rel=0.05)
    assert len(found.envelope.outline()[0]) * found.envelope.column_s == pytest.approx(1, abs=found.envelope.column_s)


def test_a_part_that_reaches_beyond_the_end(path):
    assert surveyed(path, begin_s=3.5, end_s=9).end_s == 4


def test_a_part_that_is_not_there(path):
    with pytest.raises(SourceError, match=r"holds no sound from 4\.5 s on; it ends after 4\.00 s"):
        surveyed(path, begin_s=4.5)


def test_a_channel_that_is_not_there(path):
    with pytest.raises(SourceError, match="has 1 channels, not 2"):
        surveyed(path, 2)


def test_pictures_are_of_the_chosen_channel(tmp_path):
    path = write(tmp_path / "two.wav", np.stack((noise(1, RATE_HZ, 0.1), np.zeros(RATE_HZ)), axis=1), RATE_HZ)
    assert surveyed(path, 2).spectra.mean().max() == 0
    one, both = (surveyed(path, channel).spectra.mean().sum() for channel in (1, None))
    assert both == pytest.approx(one / 4, rel=1e-3)
    assert len(surveyed(path, 2).clipping) == 2


def test_invalid_samples_count_as_zero(tmp_path):
    sound = noise(1, RATE_HZ)
    sound[[10, 20, 30]] = np.nan, np.inf, 1e9
    found = surveyed(write(tmp_path / "bad.wav", sound, RATE_HZ, "FLOAT"))
    assert found.invalid == 3
    assert found.levels.peak[0] < 1
    assert np.isfinite(found.spectra.mean()).all()


def test_a_damaged_recording_is_read_as_far_as_possible(path, tmp_path):
    damaged = tmp_path / "damaged.flac"
    write(damaged, noise(20, RATE_HZ), RATE_HZ)
    damaged.write_bytes(damaged.read_bytes()[:100_000])
    found = surveyed(damaged)
    assert 2 * RATE_HZ < found.read < found.promised == 20 * RATE_HZ
    assert found.problem


class Endless(Recording):
    """A recording of any length that is in no file."""

    def __init__(self, seconds, promised=None):
        self.path, self.rate_hz, self.channels = "endless", RATE_HZ, 1
        self.promised = promised
        self._left = round(seconds * self.rate_hz)
        self._block = noise(1, self.rate_hz).astype(np.float32)[:, None]

    def read(self, count):
        block = self._block[: min(count, self._left)]
        self._left -= len(block)
        return block


@pytest.mark.parametrize("promised", [None, 2**60])
def test_memory_grows_neither_with_length_nor_with_what_a_header_says(promised):
    def most(seconds):
        tracemalloc.start()
        try:
            found = survey_recording(Endless(seconds, promised), "PCM_16")
            return tracemalloc.get_traced_memory()[1], found
        finally:
            tracemalloc.stop()

    most(1)
    (short, _), (long, found) = most(30), most(600)
    assert found.end_s == 600
    assert found.spectra.spectrogram().shape[1] <= 1280
    assert long < 1.1 * short < 20e6
