"""Layers of the networks."""

import keras
import numpy as np
import pytest

from whipbird_train.networks.bc_resnet import DepthwiseMean, SubSpectralNormalization
from whipbird_train.networks.environment import RelativeToMeans
from whipbird_train.networks.layers import BatchNormalization, RelativeToPeak
from whipbird_train.networks.tonal import RelativeToColumn


def test_the_loudest_point_is_one_and_80_db_below_is_minus_one():
    decibels = np.array([[[-20.0, -60.0], [-100.0, -130.0]]], np.float32)
    np.testing.assert_allclose(RelativeToPeak()(decibels), [[[1, 0], [-1, -1]]], atol=1e-6)


@pytest.mark.parametrize(
    "layer",
    [
        DepthwiseMean(5),
        SubSpectralNormalization(5, momentum=0.8),
        BatchNormalization(momentum=0.8),
        RelativeToPeak(),
        RelativeToMeans(),
        RelativeToColumn(),
    ],
)
def test_layers_say_how_they_are_made(layer):
    made = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert made.get_config() == layer.get_config()


def test_batch_normalization_equals_that_of_keras_in_training_and_after_it():
    values = np.random.default_rng(3).normal(3, 2, (5, 7, 6, 4)).astype(np.float32)
    own, theirs = BatchNormalization(momentum=0.9), keras.layers.BatchNormalization(momentum=0.9)
    for training in (True, True, False):
        np.testing.assert_allclose(own(values, training=training), theirs(values, training=training), atol=1e-5)
    for mine, other in zip(own.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-5)


def test_batch_normalization_that_is_not_trained_keeps_its_statistics():
    layer = BatchNormalization()
    layer.build((None, 2, 2, 3))
    layer.trainable = False
    layer(np.full((4, 2, 2, 3), 5, np.float32), training=True)
    np.testing.assert_array_equal(layer.moving_mean, 0)
