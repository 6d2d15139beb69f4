"""The network for words."""

from __future__ import annotations

import keras
from keras import layers

from whipbird_train.networks.layers import BatchNormalization, RelativeToPeak, normalized

__all__ = ["word_conv2d"]


def word_conv2d(frames: int, bands: int, labels: int, width: float = 1.0) -> keras.Model:
    """Separable two-dimensional convolutions, then residual ones over time: 46,000 parameters at 97 x 40 and width 1.

    Parameters
    ----------
    frames, bands, labels : int
        Length of the window, mel bands, classes.
    width : float
        Multiplies all channel counts.
    """

    def scaled(channels: int) -> int:
        return round(channels * width)

    inputs = keras.Input((frames, bands), name="log_mel")
    x = layers.Reshape((frames, bands, 1))(RelativeToPeak()(inputs))
    x = normalized(layers.Conv2D(scaled(24), (7, 5), strides=(4, 2), padding="same", use_bias=False)(x))
    for channels in (32, 48):
        x = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
        x = normalized(layers.Conv2D(scaled(channels), 1, use_bias=False)(x))
        x = layers.MaxPooling2D((1, 2))(x)
    x = normalized(layers.Conv2D(scaled(64), (1, x.shape[2]), use_bias=False)(x))  # all frequencies
    for dilation in (1, 1, 2):
        y = layers.DepthwiseConv2D((7, 1), padding="same", dilation_rate=(dilation, 1), use_bias=False)(x)
        y = normalized(layers.Conv2D(scaled(64), 1, use_bias=False)(y))
        y = BatchNormalization(momentum=0.9)(layers.Conv2D(scaled(64), 1, use_bias=False)(y))
        x = layers.ReLU()(layers.Add()([x, y]))
    x = layers.Dropout(0.3)(layers.GlobalAveragePooling2D()(x))
    outputs = layers.Dense(labels, activation="softmax", name="scores")(x)
    return keras.Model(inputs, outputs, name="word_conv2d")
