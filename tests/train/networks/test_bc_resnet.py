"""BC-ResNet, in windows, stretches and steps, and its layers."""

import numpy as np
import pytest
from keras import layers, ops

from whipbird_train.networks.bc_resnet import DepthwiseMean, SubSpectralNormalization, bc_resnet, frames_for
from whipbird_train.networks.streaming import Stretches, step_network
from whipbird_train.recipes.load import load_recipe

COLUMNS = 10


def test_scores_are_probabilities(residual, spectra):
    scores = residual.predict_on_batch(spectra)
    assert scores.shape == (8, 3)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("bins", [1, 2, 5, 12])
def test_the_mean_of_a_convolution_at_once_is_that_of_the_convolution(bins, padding):
    inputs = np.random.default_rng(bins).standard_normal((2, 9, bins, 4), np.float32)
    convolution = layers.DepthwiseConv2D(5, use_bias=False)
    margin = 2 if padding == "same" else 0
    padded = ops.pad(inputs, ((0, 0), (margin, margin), (2, 2), (0, 0)))
    expected = ops.mean(convolution(padded), axis=2, keepdims=True)
    at_once = DepthwiseMean(5, padding)
    at_once.build(inputs.shape)
    at_once.set_weights(convolution.get_weights())
    np.testing.assert_allclose(at_once(inputs), expected, atol=1e-5)


def test_the_shipped_network_is_small():
    assert load_recipe("commands").network(12).count_params() <= 150_000


def test_stretches_have_the_scores_of_their_windows(residual, spectra):
    long = bc_resnet(frames_for(COLUMNS, 4), 40, 3, 0.5, COLUMNS, time=Stretches())
    long.set_weights(residual.get_weights())
    sound = np.concatenate((spectra[:1], spectra[1:2, :18]), axis=1)
    window = frames_for(COLUMNS)
    assert sound.shape[1] == frames_for(COLUMNS, 4) == window + 18
    scores = long.predict_on_batch(sound)[0]
    assert scores.shape == (4, 3)
    expected = residual.predict_on_batch(np.stack([sound[0, 6 * n : 6 * n + window] for n in range(4)]))
    np.testing.assert_allclose(scores, expected, atol=1e-5)


@pytest.mark.parametrize("hops", [1, 5])
def test_steps_have_the_scores_of_windows(residual, spectra, hops):
    steps = step_network(lambda time: bc_resnet(None, 40, 3, 0.5, COLUMNS, time=time), residual)
    window = frames_for(COLUMNS)
    before = -window % (6 * hops)
    frames = np.pad(spectra, ((0, 0), (before, 0), (0, 0)))
    state = np.zeros((8, steps.input_shape[1][1]), np.float32)
    for start in range(0, frames.shape[1], 6 * hops):
        scores, state = steps.predict_on_batch([frames[:, start : start + 6 * hops], state])
    np.testing.assert_allclose(scores[:, -1], residual.predict_on_batch(spectra), atol=1e-5)


@pytest.fixture
def spectrogram():
    """Two groups of three bands, of which the second is louder: shape (5, 7, 6, 4)."""
    values = np.random.default_rng(2).normal(0, 1, (5, 7, 6, 4)).astype(np.float32)
    values[:, :, 3:] = 10 + 4 * values[:, :, 3:]
    return values


def test_each_group_is_normalized_by_itself(spectrogram):
    """The result equals batch normalization of each group alone, in training and after it."""
    layer = SubSpectralNormalization(2)
    groups = [layers.BatchNormalization(momentum=0.9) for _ in range(2)]
    for training in (True, True, False):
        found = layer(spectrogram, training=training)
        parts = np.split(spectrogram, 2, axis=2)
        expected = ops.concatenate(
            [norm(part, training=training) for norm, part in zip(groups, parts, strict=True)], axis=2
        )
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_bands_that_do_not_divide_are_refused(spectrogram):
    with pytest.raises(ValueError, match="6 frequencies do not divide into 4 groups"):
        SubSpectralNormalization(4)(spectrogram)
