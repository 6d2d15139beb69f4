"""Layers that networks of several families share."""

from __future__ import annotations

import keras
from keras import layers, ops

__all__ = ["RelativeToPeak", "normalized"]


@keras.saving.register_keras_serializable("whipbird")
class RelativeToPeak(layers.Layer):
    """Decibels relative to the loudest point of the window, independent of loudness; -80 to 0 dB become -1 to 1."""

    RANGE_DB = 80.0

    def call(self, inputs):
        below = inputs - ops.max(inputs, axis=(1, 2), keepdims=True)
        return ops.maximum(below, -self.RANGE_DB) * (2 / self.RANGE_DB) + 1


def normalized(x):
    """Batch normalization, then ReLU."""
    return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
