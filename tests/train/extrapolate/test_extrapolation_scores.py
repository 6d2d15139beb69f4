"""Scores of completed samples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import r2_score

from whipbird_train.evaluate.intervals import ConfidenceInterval
from whipbird_train.extrapolate.scores import log_spectral_distance_db, r_squared, snr_db

RATE_HZ = 8000


@pytest.fixture
def real():
    return np.random.default_rng(0).normal(0, 0.1, (9, 2000))


@given(seed=st.integers(0, 99), takes=st.integers(2, 9), constant=st.booleans(), right=st.booleans())
def test_r_squared_is_that_of_scikit_learn(seed, takes, constant, right):
    rng = np.random.default_rng(seed)
    real, made = rng.normal(size=(2, takes, 20))
    if constant:
        real[:, 3:7] = 0.5
    if right:
        made[:, 3:5] = real[:, 3:5]
    found = r_squared(real, made)
    assert found.value == pytest.approx(r2_score(real, made))
    assert found.low <= found.high  # with few takes, the value may be outside the percentiles


def test_r_squared_of_what_is_right_and_of_the_mean(real):
    assert r_squared(real, real) == ConfidenceInterval(1, 1, 1)
    assert r_squared(real, np.tile(real.mean(axis=0), (9, 1))).value == pytest.approx(0)


def test_r_squared_of_one_clip_has_no_value(real):
    """Each sample of a single take equals its mean."""
    assert r_squared(real[:1], real[:1]) == ConfidenceInterval(None, None, None)


def test_silence_has_no_decibels(real):
    assert snr_db(real[0], np.zeros(2000)) == 0


def test_a_tenth_of_an_error_is_twenty_decibels(real):
    assert snr_db(real[0], 1.1 * real[0]) == pytest.approx(20)
    assert snr_db(real[0], real[0]) == 100


def test_the_right_spectrum_in_other_phases(real):
    """The right spectrum with other phases: worse than silence by samples, right by spectra."""
    turned = -real[0]
    assert snr_db(real[0], turned) < -6
    assert log_spectral_distance_db(real[0], turned, RATE_HZ) == 0


@given(decibels=st.floats(-20, 20))
def test_a_louder_spectrum_is_as_far_as_it_is_louder(decibels):
    sound = np.random.default_rng(1).normal(size=800)
    made = sound * 10 ** (decibels / 20)
    assert log_spectral_distance_db(sound, made, RATE_HZ) == pytest.approx(abs(decibels), abs=0.2)


def test_silence_is_sixty_decibels_away_at_most(real):
    assert 30 < log_spectral_distance_db(real[0], np.zeros(2000), RATE_HZ) <= 60
