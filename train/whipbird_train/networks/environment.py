"""A network for sounds of the environment."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from whipbird_train.networks.bc_resnet import RelativeToMeans, _normalized

__all__ = ["environment_cnn"]


def environment_cnn(frames: int, bands: int, labels: int, channels: Sequence[int] = (16, 32, 64, 128)) -> keras.Model:
    """Four plain convolutions over log-mel features: 99,338 trained parameters at ten labels.

    Parameters
    ----------
    frames, bands, labels : int
        Length of the window, mel bands, classes.
    channels : sequence of int
        Of the convolutions; the first is 5 x 5 with stride 2, the others 3 x 3, with poolings between them.
    """
    inputs = keras.Input((frames, bands), name="log_mel")
    x = RelativeToMeans()(inputs)
    for number, filters in enumerate(channels):
        if number > 1:
            x = layers.AveragePooling2D(2)(x)
        kernel, stride = (3, 1) if number else (5, 2)
        x = layers.Conv2D(filters, kernel, strides=stride, padding="same", use_bias=False)(x)
        x = _normalized(x)
    x = layers.Dropout(0.3)(layers.GlobalAveragePooling2D()(x))
    outputs = layers.Dense(labels, activation="softmax", name="scores")(x)
    return keras.Model(inputs, outputs, name="environment_cnn")
