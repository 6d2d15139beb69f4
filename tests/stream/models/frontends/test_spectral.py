"""Spectral front ends give librosa's features, and refuse matrices that do not fit."""

import librosa
import numpy as np
import pytest
import soundfile

from made_frontends import MEL, RATE_HZ, SIZES, made, matrices, sweep
from whipbird.models.frontends.log_mel import LogMel, LogMelSettings
from whipbird.models.frontends.mfcc import Mfcc, MfccSettings
from whipbird.models.frontends.stft import StftMagnitude, StftSettings


def word(clips):
    return soundfile.read(sorted((clips / "yes").iterdir())[0], dtype="float32")[0]


def librosa_stft(sound, size):
    """Magnitudes, shape (frames, fft / 2 + 1)."""
    return np.abs(
        librosa.stft(sound, n_fft=size["fft"], hop_length=size["step"], win_length=size["frame"], center=False)
    ).T


def librosa_log_mel(sound, size):
    """Decibels, shape (frames, bands)."""
    power = librosa.feature.melspectrogram(
        y=sound,
        sr=RATE_HZ,
        n_fft=size["fft"],
        hop_length=size["step"],
        win_length=size["frame"],
        center=False,
        n_mels=MEL["bands"],
        fmin=MEL["low_hz"],
        fmax=MEL["high_hz"],
    )
    return librosa.power_to_db(power, top_db=None).T


def librosa_mfcc(sound, size):
    """Coefficients, shape (frames, 13)."""
    return librosa.feature.mfcc(S=librosa_log_mel(sound, size).T, n_mfcc=13).T


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("sound", ["sweep", "word"])
@pytest.mark.parametrize(
    ("kind", "options", "librosas"),
    [
        (StftSettings, {}, librosa_stft),
        (LogMelSettings, MEL, librosa_log_mel),
        (MfccSettings, {**MEL, "coefficients": 13}, librosa_mfcc),
    ],
)
def test_features_equal_librosas(sound, size, kind, options, librosas, request):
    sound = sweep() if sound == "sweep" else word(request.getfixturevalue("clips"))
    expected = librosas(sound, size)
    ours = made(kind(**size, **options)).whole(sound)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize(("front_end", "name"), [(StftMagnitude, "window"), (LogMel, "mel"), (Mfcc, "dct")])
def test_a_missing_matrix_is_named(front_end, name):
    with pytest.raises(ValueError, match=f"needs a matrix named '{name}'"):
        front_end(160, matrices(**{name: None}))


@pytest.mark.parametrize(("front_end", "name"), [(StftMagnitude, "window"), (LogMel, "mel"), (Mfcc, "dct")])
def test_a_matrix_of_the_wrong_dimensions_is_named(front_end, name):
    with pytest.raises(ValueError, match=f"matrix '{name}' has 3 dimensions"):
        front_end(160, matrices(**{name: np.zeros((2, 2, 2), np.float32)}))


def test_matrices_that_do_not_fit_each_other_are_refused():
    with pytest.raises(ValueError, match="mel matrix for 129 bins, but the transform gives 257"):
        LogMel(160, matrices(mel=np.zeros((40, 129), np.float32)))
    with pytest.raises(ValueError, match="cosine transform of 64 bands, but there are 40"):
        Mfcc(160, matrices(dct=np.zeros((13, 64), np.float32)))
