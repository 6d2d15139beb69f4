"""Magnitudes of windows by themselves are librosa's, scaled from the softest to the loudest."""

import librosa
import numpy as np
import pytest

from made_frontends import sweep
from whipbird.models.frontends.build import make_frontend
from whipbird.models.frontends.window_stft import WindowStftSettings

SETTINGS = WindowStftSettings(samples=8_000, fft=512, hop=62, columns=128)


def librosas(window):
    magnitudes = np.abs(librosa.stft(window, n_fft=512, hop_length=62))[:, :128]
    return (magnitudes - magnitudes.min()) / (magnitudes.max() - magnitudes.min() + 1e-10)


def test_magnitudes_are_librosas():
    window = sweep()[:8_000]
    features = make_frontend(SETTINGS, {}).of_window(window[:, None])
    assert (features.shape, features.dtype) == ((257, 128), np.float32)
    np.testing.assert_allclose(features, librosas(window), atol=1e-6)


def test_the_highest_bins_can_be_left_out():
    settings = SETTINGS.model_copy(update={"bins": 256})
    assert make_frontend(settings, {}).of_window(sweep()[:8_000, None]).shape == (256, 128)


def test_silence_is_zero():
    assert not make_frontend(SETTINGS, {}).of_window(np.zeros((8_000, 1), np.float32)).any()


def test_frames_are_samples():
    frontend = make_frontend(SETTINGS, {})
    np.testing.assert_array_equal(frontend.push(sweep())[:, 0], sweep())
    assert (frontend.step, SETTINGS.step) == (1, 1)


@pytest.mark.parametrize(("changes", "message"), [({"columns": 140}, "do not fit"), ({"bins": 258}, "must not exceed")])
def test_settings_must_fit_each_other(changes, message):
    with pytest.raises(ValueError, match=message):
        WindowStftSettings(**(SETTINGS.model_dump() | changes))
