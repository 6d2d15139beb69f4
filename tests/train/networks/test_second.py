"""The second network: the bands of one front end turned into those of another, and the embedding."""

import numpy as np
import pytest

from whipbird_train.frontend_matrices import build_frontend
from whipbird_train.networks.second import band_weights, decider, second_body
from whipbird_train.networks.speech_embedding import FLOOR, SETTINGS, STEP_DB, speech_embedding
from whipbird_train.recipes.commands import FRONTEND, RATE_HZ

pytest.importorskip("openwakeword")


@pytest.fixture(scope="module")
def frontends():
    return build_frontend(FRONTEND, RATE_HZ), build_frontend(SETTINGS, RATE_HZ)


def coloured(seed):
    """Noise whose spectrum changes slowly."""
    rng = np.random.default_rng(seed)
    bins = np.arange(RATE_HZ // 2 + 1)
    slope = np.interp(bins, np.linspace(0, bins[-1], 9), rng.normal(0, 1.5, 9))
    spectrum = np.fft.rfft(rng.normal(0, 1, RATE_HZ)) * np.exp(slope)
    return (0.01 * np.fft.irfft(spectrum, RATE_HZ)).astype(np.float32)


def test_weights_give_the_bands_of_the_other_front_end(frontends):
    own, other = frontends
    weights = band_weights([coloured(seed) for seed in range(12)], own, other)
    assert weights.shape == (41, 32)
    sound = coloured(99)
    expected = other.whole(sound[40:])
    found = own.whole(sound) @ weights[:-1] + weights[-1]
    error = found[: len(expected)] - expected[: len(found)]
    assert np.sqrt(np.mean(error**2)) < 2.5


def test_the_body_is_the_embedding_of_those_bands():
    weights = np.zeros((33, 32), np.float32)
    weights[:-1] = np.eye(32)
    body = second_body(84, weights)
    decibels = np.random.default_rng(1).uniform(-60, 0, (2, 84, 32)).astype(np.float32)
    expected = speech_embedding(84).predict_on_batch(np.maximum((decibels + STEP_DB) / 10 + 2, FLOOR))
    np.testing.assert_allclose(body.predict_on_batch(decibels), expected, atol=1e-3)
    fixed = {id(weight) for weight in body.non_trainable_weights}
    assert [id(weight) in fixed for weight in body.weights[:4]] == [True] * 4
    assert id(body.weights[-1]) not in fixed  # its last stages learn


def test_with_a_decider_it_is_small_enough():
    assert decider(16, 12).count_params() < 150_000
    assert decider(16, 12).output_shape == (None, 12)
