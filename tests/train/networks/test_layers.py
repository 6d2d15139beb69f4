"""Layers of the networks."""

import keras
import numpy as np
import pytest

from whipbird_train.networks.bc_resnet import DepthwiseMean, SubSpectralNormalization
from whipbird_train.networks.environment import RelativeToMeans
from whipbird_train.networks.layers import RelativeToPeak
from whipbird_train.networks.tonal import RelativeToColumn


def test_the_loudest_point_is_one_and_80_db_below_is_minus_one():
    decibels = np.array([[[-20.0, -60.0], [-100.0, -130.0]]], np.float32)
    np.testing.assert_allclose(RelativeToPeak()(decibels), [[[1, 0], [-1, -1]]], atol=1e-6)


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
