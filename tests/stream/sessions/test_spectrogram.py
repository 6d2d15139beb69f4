import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whipbird.sessions.spectrogram import BANDS, COLUMN_S, FLOOR_DB, HIGHEST_HZ, LOWEST_HZ, SpectrogramColumns


def tone(rate_hz, frequency_hz, seconds=0.5):
    return (0.5 * np.sin(2 * np.pi * frequency_hz * np.arange(round(seconds * rate_hz)) / rate_hz)).astype(np.float32)


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 44_100, 48_000, 384_000])
def test_a_tenth_of_a_second_is_a_column(rate_hz):
    columns = SpectrogramColumns(rate_hz).push(np.zeros(rate_hz, np.float32))
    assert len(columns) == round(1 / COLUMN_S)
    assert columns[0].shape == (BANDS,)


@pytest.mark.parametrize("rate_hz", [1_000, 16_000, 384_000])
def test_silence_is_at_the_floor(rate_hz):
    for column in SpectrogramColumns(rate_hz).push(np.zeros(rate_hz, np.float32)):
        np.testing.assert_allclose(column, FLOOR_DB, atol=0.001)


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("frequency_hz", [200, 1_000, 5_000])
def test_a_tone_is_brightest_in_its_own_band(rate_hz, frequency_hz):
    columns = SpectrogramColumns(rate_hz)
    centres_hz = columns.centres_hz(BANDS)
    for column in columns.push(tone(rate_hz, frequency_hz)):
        assert abs(centres_hz[column.argmax()] - frequency_hz) < max(100, 0.03 * frequency_hz)


def test_the_scale_of_frequencies_rises_over_the_bands():
    centres_hz = SpectrogramColumns(16_000).centres_hz(24)
    assert centres_hz.shape == (24,)
    assert (np.diff(centres_hz) > 0).all()
    assert centres_hz[0] > LOWEST_HZ
    assert centres_hz[-1] < HIGHEST_HZ


@pytest.mark.parametrize("rate_hz", [48_000, 96_000])
def test_sound_above_the_highest_band_is_not_shown(rate_hz):
    for column in SpectrogramColumns(rate_hz).push(tone(rate_hz, 16_000)):
        assert column.max() < -60


def test_half_the_amplitude_is_6_db_less(noise):
    loud, soft = SpectrogramColumns(16_000).push(noise), SpectrogramColumns(16_000).push(noise / 2)
    np.testing.assert_allclose(np.subtract(loud, soft), 6.02, atol=0.01)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 8_000), max_size=10))
def test_columns_do_not_depend_on_how_samples_are_split(cuts):
    sound = tone(16_000, 440)
    columns = SpectrogramColumns(16_000)
    pieces = np.split(sound, sorted(cuts))
    np.testing.assert_array_equal(
        [c for piece in pieces for c in columns.push(piece)], SpectrogramColumns(16_000).push(sound)
    )
