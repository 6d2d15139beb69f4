import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from made_recordings import measured, noise, sine
from whipbird.measures.spectra import Spectra


def spectra(sound, rate_hz, cuts=(), expected=...):
    return measured(Spectra(rate_hz, len(sound) if expected is ... else expected), sound, cuts)


def test_it_is_librosas_spectrogram():
    sound = noise(1.3, 16_000).astype(np.float32)
    found = spectra(sound, 16_000)
    stft = librosa.stft(sound, n_fft=found.frame, hop_length=found.step)
    window = librosa.filters.get_window("hann", found.frame)
    wanted = np.abs(stft) ** 2 * 4 / window.sum() ** 2
    assert found.spectrogram().shape == wanted.shape
    np.testing.assert_allclose(found.spectrogram(), wanted, rtol=2e-3, atol=1e-9)
    beyond = found.frame // 2 // found.step  # frames that reach beyond the start
    last = (len(sound) - found.frame // 2) // found.step
    np.testing.assert_allclose(found.mean(), wanted[:, beyond : last + 1].mean(axis=1), rtol=1e-4)
    np.testing.assert_allclose(found.times_s(), librosa.times_like(stft, sr=16_000, hop_length=found.step))
    np.testing.assert_allclose(found.frequencies_hz, librosa.fft_frequencies(sr=16_000, n_fft=found.frame))


@pytest.mark.parametrize("rate_hz", [8000, 48_000, 384_000])
def test_a_sine_of_full_scale_is_at_0_db_and_at_its_frequency(rate_hz):
    found = spectra(sine(rate_hz / 8, 1, rate_hz, 1.0), rate_hz)
    assert found.frequencies_hz[np.argmax(found.mean())] == rate_hz / 8
    assert 10 * np.log10(found.highest().max()) == pytest.approx(0, abs=0.01)


def test_a_click_is_in_the_column_of_its_time():
    sound = np.zeros(200 * 16_000, np.float32)
    sound[123 * 16_000] = 1
    found = spectra(sound, 16_000)
    columns = found.spectrogram().sum(axis=0)
    assert found.times_s()[np.argmax(columns)] == pytest.approx(123, abs=found.column_s)


def test_the_longer_the_sound_the_more_a_column_holds():
    short, long = spectra(np.zeros(16_000), 16_000), spectra(np.zeros(3_000_000), 16_000)
    assert short.column_s < 0.01 < 0.1 < long.column_s
    assert long.spectrogram().shape[1] <= 1280


@settings(max_examples=25)
@given(st.integers(1, 20_000), st.lists(st.integers(0, 20_000), max_size=10), st.booleans())
def test_blocks_do_not_matter(count, cuts, known):
    sound = noise(count / 8000, 8000)
    expected = len(sound) if known else None
    whole, parts = spectra(sound, 8000, (), expected), spectra(sound, 8000, cuts, expected)
    assert np.array_equal(whole.spectrogram(), parts.spectrogram())
    assert whole.times_s()[-1] <= len(sound) / 8000 + whole.column_s
