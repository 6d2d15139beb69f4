"""BC-ResNet and its layers."""

import numpy as np
import pytest
from keras import layers, ops

from whipbird_train.networks.bc_resnet import DepthwiseMean, SubSpectralNormalization
from whipbird_train.recipes.load import load_recipe


def test_loudness_does_not_matter_to_the_residual_network(residual, spectra):
    quiet, loud = residual.predict_on_batch(spectra - 30), residual.predict_on_batch(spectra)
    np.testing.assert_allclose(quiet, loud, atol=1e-4)


def test_scores_are_probabilities(residual, spectra):
    scores = residual.predict_on_batch(spectra)
    assert scores.shape == (8, 3)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("bins", [1, 2, 5, 12])
def test_the_mean_of_a_convolution_at_once_is_that_of_the_convolution(bins):
    inputs = np.random.default_rng(bins).standard_normal((2, 9, bins, 4), np.float32)
    convolution = layers.DepthwiseConv2D(5, padding="same", use_bias=False)
    expected = ops.mean(convolution(inputs), axis=2, keepdims=True)
    at_once = DepthwiseMean(5)
    at_once.build(inputs.shape)
    at_once.set_weights(convolution.get_weights())
    np.testing.assert_allclose(at_once(inputs), expected, atol=1e-5)


def test_the_shipped_network_is_small():
    assert load_recipe("commands").network(12).count_params() <= 100_000


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
