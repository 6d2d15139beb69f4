"""The network for environmental sounds."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers, ops

from whipbird_train.networks.layers import normalized

__all__ = ["RelativeToMeans", "environment_cnn"]


@keras.saving.register_keras_serializable("whipbird")
class RelativeToMeans(layers.Layer):
    """Two channels: decibels above the mean of the window, and above the mean of each band over the window.

    Both are independent of loudness. The second is also independent of the colour of a recording (its microphone, its
    steady background) and shows only changes. 15 dB become 1.
    """

    SCALE_DB = 15.0

    def call(self, inputs):
        of_window = inputs - ops.mean(inputs, axis=(1, 2), keepdims=True)
        of_bands = inputs - ops.mean(inputs, axis=1, keepdims=True)
        return ops.stack([of_window, of_bands], axis=-1) / self.SCALE_DB


def environment_cnn(frames: int, bands: int, labels: int, channels: Sequence[int] = (16, 32, 64, 128)) -> keras.Model:
    """Four plain convolutions over log-mel features: 99,338 trained parameters at ten labels.

    Parameters
    ----------
    frames, bands, labels : int
        Length of the window, mel bands, classes.
    channels : sequence of int
        Channels of the convolutions; the first is 5 x 5 with stride 2, the others 3 x 3, with poolings between them.
    """
    inputs = keras.Input((frames, bands), name="log_mel")
    x = RelativeToMeans()(inputs)
    for number, filters in enumerate(channels):
        if number > 1:
            x = layers.AveragePooling2D(2)(x)
        kernel, stride = (3, 1) if number else (5, 2)
        x = layers.Conv2D(filters, kernel, strides=stride, padding="same", use_bias=False)(x)
        x = normalized(x)
    x = layers.Dropout(0.3)(layers.GlobalAveragePooling2D()(x))
    outputs = layers.Dense(labels, activation="softmax", name="scores")(x)
    return keras.Model(inputs, outputs, name="environment_cnn")
