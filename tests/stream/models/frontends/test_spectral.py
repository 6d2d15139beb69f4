"""Spectral front ends give librosa's features, and refuse matrices that do not fit."""

import librosa
import numpy as np
import pytest
import soundfile

from made_frontends import KINDS, MEL, RATE_HZ, SIZES, made, matrices, sweep
from whipbird.models.frontends import log_mel, mfcc, stft
from whipbird.models.frontends.log_mel import LogMel, LogMelSettings
from whipbird.models.frontends.mfcc import Mfcc, MfccSettings
from whipbird.models.frontends.stft import StftSettings


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


MAKERS = [(stft.make, KINDS[1], "window"), (log_mel.make, KINDS[2], "mel"), (mfcc.make, KINDS[3], "dct")]


@pytest.mark.parametrize(("make", "settings", "name"), MAKERS)
def test_a_missing_matrix_is_named(make, settings, name):
    with pytest.raises(ValueError, match=f"needs a matrix named '{name}'"):
        make(settings, matrices(**{name: None}))


@pytest.mark.parametrize(("make", "settings", "name"), MAKERS)
def test_a_matrix_of_the_wrong_dimensions_is_named(make, settings, name):
    with pytest.raises(ValueError, match=f"matrix '{name}' has 3 dimensions"):
        make(settings, matrices(**{name: np.zeros((2, 2, 2), np.float32)}))


def test_matrices_that_do_not_fit_each_other_are_refused():
    with pytest.raises(ValueError, match="mel matrix for 129 bins, but the transform gives 257"):
        LogMel(KINDS[2], matrices(mel=np.zeros((40, 129), np.float32)))
    with pytest.raises(ValueError, match="cosine transform of 64 bands, but there are 40"):
        Mfcc(KINDS[3], matrices(dct=np.zeros((13, 64), np.float32)))


def test_preemphasis_uses_the_sample_before_each_frame():
    """As if the whole sound had been filtered first."""
    sound, settings = sweep(), StftSettings(**SIZES[1], preemphasis=0.96875)
    filtered = sound[1:] - np.float32(0.96875) * sound[:-1]
    frontend = made(settings)
    assert frontend.frame == 257
    np.testing.assert_array_equal(frontend.whole(sound), made(StftSettings(**SIZES[1])).whole(filtered))


def test_decibels_can_be_scaled_and_limited():
    plain = made(LogMelSettings(**SIZES[0], **MEL)).whole(sweep())
    scaled = made(LogMelSettings(**SIZES[0], **MEL, multiply=0.25, add=8, lowest=0, highest=1)).whole(sweep())
    np.testing.assert_allclose(scaled, np.clip(plain / 4 + 8, 0, 1), atol=1e-5)
    assert scaled.dtype == np.float32
    assert 0 < np.mean((scaled > 0) & (scaled < 1)) < 1


def test_bands_of_magnitudes_with_a_floor_that_is_added():
    settings = LogMelSettings(**SIZES[0], **MEL, power=1, floor=1e-6, floor_added=True, multiply=np.log(10) / 10)
    bands = librosa_stft(sweep(), SIZES[0]) @ matrices()["mel"].T
    np.testing.assert_allclose(made(settings).whole(sweep()), np.log(bands + 1e-6), rtol=1e-4)


def test_limits_must_be_in_order():
    with pytest.raises(ValueError, match="lowest"):
        LogMelSettings(**SIZES[0], **MEL, lowest=1, highest=1)
