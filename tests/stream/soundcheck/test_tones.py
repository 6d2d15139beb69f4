import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from whipbird.soundcheck import tones

RATE_HZ = 48_000


def spectrum_db(sound):
    window = np.hanning(len(sound))
    return 20 * np.log10(np.abs(np.fft.rfft(sound * window)) / window.sum() * 2 + 1e-12)


def test_a_tone_has_its_frequency_alone():
    levels = spectrum_db(tones.tone(1000, 1, RATE_HZ))
    assert np.argmax(levels) == 1000
    assert levels[1000] == pytest.approx(0, abs=0.01)
    assert np.delete(levels, range(990, 1011)).max() < -100


@pytest.mark.parametrize(("start_hz", "end_hz"), [(100, 8000), (8000, 100)])
def test_a_sweep_takes_as_long_for_each_octave(start_hz, end_hz):
    sound = tones.sweep(start_hz, end_hz, 4, RATE_HZ)
    for share in (0.1, 0.5, 0.9):
        middle = round(share * len(sound))
        part = sound[middle - 2000 : middle + 2000]
        measured_hz = np.argmax(np.abs(np.fft.rfft(part * np.hanning(4000), 1 << 16))) * RATE_HZ / (1 << 16)
        assert measured_hz == pytest.approx(start_hz * (end_hz / start_hz) ** share, rel=0.05)


def test_a_sweep_between_equal_frequencies_is_a_tone():
    assert np.array_equal(tones.sweep(500, 500, 1, RATE_HZ), tones.tone(500, 1, RATE_HZ))


def test_clicks_come_at_their_rate():
    sound = tones.clicks(2, 3, RATE_HZ)
    starts = np.flatnonzero((sound[1:] > 0) & (sound[:-1] == 0)) + 1
    assert [0, *starts.tolist()] == [0, 24_000, 48_000, 72_000, 96_000, 120_000]
    assert np.count_nonzero(sound) == 6 * round(tones.CLICK_S * RATE_HZ)


@given(st.integers(0, 5000), st.floats(0, 0.2))
def test_a_fade_starts_and_ends_near_zero_and_keeps_the_middle(count, fade_s):
    sound = np.ones(count)
    faded = tones.faded(sound, fade_s, 8000)
    length = min(round(fade_s * 8000), count // 2)
    assert np.array_equal(faded, faded[::-1])
    assert (np.diff(faded[: count // 2]) >= 0).all()
    assert (faded[length : count - length] == 1).all()
    assert length < 2 or faded[0] < 0.5
    assert (sound == 1).all()


@given(st.floats(-100, 0))
def test_the_level_is_that_of_the_peak(level_dbfs):
    sound = tones.at_level(tones.tone(997, 0.1, 8000) * 3, level_dbfs)
    assert 20 * np.log10(np.abs(sound).max()) == pytest.approx(level_dbfs)
    assert not tones.at_level(np.zeros(10), level_dbfs).any()


def test_sounds_come_one_after_the_other_or_together():
    def made(together):
        return tones.joined([500, 1000], (100, 200), 2, 0.5, 8000, 0.01, -20, together)

    assert (len(made(False)), len(made(True))) == (4 * 4000, 4000)
    for together in (False, True):
        assert np.abs(made(together)).max() == pytest.approx(0.1)
