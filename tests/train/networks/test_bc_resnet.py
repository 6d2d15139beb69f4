"""Networks: what they see, what they ignore, how large they are."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from whipbird_train.networks.assembly import committee
from whipbird_train.networks.baselines import article_conv2d, article_dense, lecture_conv1d
from whipbird_train.networks.bc_resnet import (
    DepthwiseMean,
    RelativeToMeans,
    RelativeToPeak,
    SubSpectralNormalization,
    bc_resnet,
)
from whipbird_train.networks.distillation import mimicking
from whipbird_train.networks.environment import environment_cnn
from whipbird_train.networks.tonal import RelativeToColumn, tonal_conv2d
from whipbird_train.recipes import load_recipe


@pytest.fixture(scope="module")
def spectra():
    """Decibels of eight windows: shape (8, 97, 40)."""
    return np.random.default_rng(1).normal(-40, 8, (8, 97, 40)).astype(np.float32)


def fitted(network, spectra):
    """The network, its normalization used to such input."""
    for _ in range(5):
        network(spectra, training=True)
    return network


@pytest.fixture(scope="module")
def residual(spectra):
    keras.utils.set_random_seed(1)
    return fitted(bc_resnet(97, 40, 3, width=0.5, time_stride=2), spectra)


@pytest.fixture(scope="module")
def tonal():
    keras.utils.set_random_seed(1)
    return fitted(tonal_conv2d(48, 64, 2, width=0.5, columns=9), tonal_spectra())


def tonal_spectra(frames=48):
    return np.random.default_rng(2).normal(-40, 8, (8, frames, 64)).astype(np.float32)


def test_loudness_does_not_matter_to_the_residual_network(residual, spectra):
    quiet, loud = residual.predict_on_batch(spectra - 30), residual.predict_on_batch(spectra)
    np.testing.assert_allclose(quiet, loud, atol=1e-4)


def test_loudness_does_not_matter_to_the_tonal_network(tonal):
    quiet, loud = tonal.predict_on_batch(tonal_spectra() - 30), tonal.predict_on_batch(tonal_spectra())
    np.testing.assert_allclose(quiet, loud, atol=1e-4)
    assert np.ptp(loud, axis=0).max() > 1e-4


def columns_of(network):
    """The network up to the columns over which it takes the mean."""
    pooling = next(layer for layer in network.layers if isinstance(layer, layers.AveragePooling2D))
    return keras.Model(network.inputs, pooling.input)


def test_the_tonal_network_pads_nothing_in_time(tonal):
    """Of a longer window, a column is what it would be in a window that begins later: it knows only its own frames."""
    longer = tonal_conv2d(48 + 8, 64, 2, width=0.5, columns=13)
    longer.set_weights(tonal.get_weights())
    spectra = tonal_spectra(48 + 8)
    expected = columns_of(longer).predict_on_batch(spectra)
    for shift in (0, 2, 8):  # a column is two frames
        found = columns_of(tonal).predict_on_batch(spectra[:, shift : shift + 48])
        np.testing.assert_allclose(found, expected[:, shift // 2 :][:, : found.shape[1]], rtol=1e-3, atol=1e-4)


def test_a_frame_relative_to_its_mean_is_of_that_frame_alone(spectra):
    relative = np.asarray(RelativeToColumn()(spectra))
    np.testing.assert_allclose(relative.mean(axis=2), 0, atol=1e-5)
    np.testing.assert_array_equal(RelativeToColumn()(spectra[:, 5:9]), relative[:, 5:9])


def test_the_loudest_point_is_one_and_80_db_below_is_minus_one():
    decibels = np.array([[[-20.0, -60.0], [-100.0, -130.0]]], np.float32)
    np.testing.assert_allclose(RelativeToPeak()(decibels), [[[1, 0], [-1, -1]]], atol=1e-6)


def test_scores_are_probabilities(residual, spectra):
    scores = residual.predict_on_batch(spectra)
    assert scores.shape == (8, 3)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)


def test_it_is_saved_with_all_its_layers(tonal, tmp_path):
    tonal.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras", compile=False)
    expected = tonal.predict_on_batch(tonal_spectra())
    np.testing.assert_allclose(again.predict_on_batch(tonal_spectra()), expected, atol=1e-6)


@pytest.mark.parametrize("bins", [1, 2, 5, 12])
def test_the_mean_of_a_convolution_at_once_is_that_of_the_convolution(bins):
    inputs = np.random.default_rng(bins).standard_normal((2, 9, bins, 4), np.float32)
    convolution = layers.DepthwiseConv2D(5, padding="same", use_bias=False)
    expected = ops.mean(convolution(inputs), axis=2, keepdims=True)
    at_once = DepthwiseMean(5)
    at_once.build(inputs.shape)
    at_once.set_weights(convolution.get_weights())
    np.testing.assert_allclose(at_once(inputs), expected, atol=1e-5)


@pytest.mark.parametrize(
    "layer",
    [
        DepthwiseMean(5),
        SubSpectralNormalization(5, momentum=0.8),
        RelativeToPeak(),
        RelativeToMeans(),
        RelativeToColumn(),
    ],
)
def test_layers_say_how_they_are_made(layer):
    made = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert made.get_config() == layer.get_config()


def test_a_network_that_mimics_says_the_same_and_pays_for_what_it_does_not_tell(residual, spectra):
    learner = mimicking(residual, 9, 7, 8)
    hints = np.ones((8, 9, 7), np.float32)
    expected = residual.predict_on_batch(spectra)
    np.testing.assert_allclose(learner.predict_on_batch((spectra, hints)), expected, atol=1e-6)
    assert not learner.losses
    learner((spectra, hints), training=False)
    assert sum(learner.losses) == 0
    guesses = keras.Model(learner.inputs[0], learner.get_layer("guesses").output)
    assert guesses.output_shape == (None, 9, 7)
    learner.get_layer("guesses").set_weights([np.zeros_like(w) for w in learner.get_layer("guesses").get_weights()])
    learner((spectra, 3 * hints), training=True)
    np.testing.assert_allclose(float(sum(learner.losses)), 9, rtol=1e-5)


def test_the_shipped_network_is_small():
    assert load_recipe("commands").network(12).count_params() <= 100_000


@pytest.mark.parametrize(
    ("network", "parameters"),
    [
        (lambda: lecture_conv1d(8_000, 10), 506_586),
        (lambda: article_conv2d(1491, 257), 6_021_857),
        (lambda: tonal_conv2d(64, 64, 2, 1.5), 26_942),
        (lambda: environment_cnn(96, 64, 10), 99_818),
        (lambda: committee([environment_cnn(96, 64, 10) for _ in range(4)]), 399_272),
    ],
    ids=["lecture", "article", "tonal", "environment", "committee"],
)
def test_networks_are_as_large_as_they_say(network, parameters):
    assert network().count_params() == parameters


def test_a_committee_says_what_its_members_say_on_the_mean(tmp_path):
    """Although they were made alike, and have layers of the same names."""
    spectra = tonal_spectra(16)
    members = [environment_cnn(16, 64, 3, (4, 4, 4, 4)) for _ in range(3)]
    found = committee(members).predict_on_batch(spectra)
    np.testing.assert_allclose(found, np.mean([one.predict_on_batch(spectra) for one in members], axis=0), atol=1e-6)
    committee(members).save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras", compile=False)
    np.testing.assert_allclose(again.predict_on_batch(spectra), found, atol=1e-6)


def test_neither_loudness_nor_colour_matters_to_what_is_relative_to_means(spectra):
    colour = np.linspace(-20, 20, 40, dtype=np.float32)
    plain, quiet, coloured = (np.asarray(RelativeToMeans()(s)) for s in (spectra, spectra - 30, spectra + colour))
    np.testing.assert_allclose(quiet, plain, atol=1e-4)
    np.testing.assert_allclose(coloured[..., 1], plain[..., 1], atol=1e-4)
    assert np.abs(coloured[..., 0] - plain[..., 0]).max() > 1


def test_the_articles_detector_gives_two_probabilities():
    scores = article_conv2d(20, 9).predict_on_batch(np.random.default_rng(1).random((4, 20, 9)))
    assert scores.shape == (4, 2)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-6)


def test_the_articles_dense_network_hears_no_order():
    network = article_dense(12, 5, 3)
    features = np.random.default_rng(1).normal(0, 1, (2, 12, 5)).astype(np.float32)
    turned = network.predict_on_batch(features[:, ::-1])
    np.testing.assert_allclose(turned, network.predict_on_batch(features), atol=1e-5)


@pytest.fixture
def spectrogram():
    """Two groups of three bands, of which the second is louder: shape (5, 7, 6, 4)."""
    values = np.random.default_rng(2).normal(0, 1, (5, 7, 6, 4)).astype(np.float32)
    values[:, :, 3:] = 10 + 4 * values[:, :, 3:]
    return values


def test_each_group_is_normalized_by_itself(spectrogram):
    """As batch normalization of each group alone, in training and after it."""
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
