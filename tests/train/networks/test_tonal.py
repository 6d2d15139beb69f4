"""The network for tonal calls."""

import keras
import numpy as np
import pytest
from keras import layers

from whipbird_train.networks.tonal import RelativeToColumn, tonal_conv2d


@pytest.fixture(scope="module")
def tonal():
    """A network whose normalization has the statistics of such input."""
    keras.utils.set_random_seed(1)
    network = tonal_conv2d(48, 64, 2, width=0.5, columns=9)
    for _ in range(5):
        network(tonal_spectra(), training=True)
    return network


def tonal_spectra(frames=48):
    return np.random.default_rng(2).normal(-40, 8, (8, frames, 64)).astype(np.float32)


def test_loudness_does_not_matter_to_the_tonal_network(tonal):
    quiet, loud = tonal.predict_on_batch(tonal_spectra() - 30), tonal.predict_on_batch(tonal_spectra())
    np.testing.assert_allclose(quiet, loud, atol=1e-4)
    assert np.ptp(loud, axis=0).max() > 1e-4


def columns_of(network):
    """The network up to the columns over which it takes the mean."""
    pooling = next(layer for layer in network.layers if isinstance(layer, layers.AveragePooling2D))
    return keras.Model(network.inputs, pooling.input)


def test_the_tonal_network_pads_nothing_in_time(tonal):
    """A column depends on its own frames only: in a longer window, it equals that of a window that starts later."""
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


def test_it_is_saved_with_all_its_layers(tonal, tmp_path):
    tonal.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras", compile=False)
    expected = tonal.predict_on_batch(tonal_spectra())
    np.testing.assert_allclose(again.predict_on_batch(tonal_spectra()), expected, atol=1e-6)
