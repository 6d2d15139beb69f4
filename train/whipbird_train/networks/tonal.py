"""The small network for tonal calls."""

from __future__ import annotations

import keras
from keras import layers, ops

from whipbird_train.networks.layers import normalized
from whipbird_train.networks.streaming import Time, Windows

__all__ = ["RelativeToColumn", "tonal_conv2d"]

WINDOWS = Windows()


@keras.saving.register_keras_serializable("whipbird")
class RelativeToColumn(layers.Layer):
    """Decibels relative to the mean of the same frame's bands, independent of loudness; 20 dB become 1.

    It needs one frame only, and so no state in a stream.
    """

    SCALE_DB = 20.0

    def call(self, inputs):
        return (inputs - ops.mean(inputs, axis=2, keepdims=True)) * (1 / self.SCALE_DB)


def tonal_conv2d(
    frames: int | None,
    bands: int,
    labels: int,
    width: float = 1.0,
    columns: int = 17,
    hop: int = 8,
    time: Time = WINDOWS,
) -> keras.Model:
    """Separable convolutions over time and frequency, then over time alone, then a mean over the last columns.

    Parameters
    ----------
    frames : int or None
        Length of the window, an even number; None for steps.
    bands, labels : int
        Mel bands (64), classes.
    width : float
        Multiplies all channel counts.
    columns : int
        Number of last columns, of two frames each, whose mean gives the score.
    hop : int
        Frames from one score to the next in a stream.
    """

    def scaled(channels: int) -> int:
        return round(channels * width)

    inputs = keras.Input((frames, bands), name="log_mel")
    x = time.before(
        ops.expand_dims(RelativeToColumn()(inputs), -1), 2
    )  # of these and a hop, the last frame is left over
    x = normalized(layers.Conv2D(scaled(16), (3, 5), strides=(2, 2), use_bias=False)(x))
    for channels, kernel in ((24, 3), (32, 3), (32, 3)):
        x = layers.DepthwiseConv2D(kernel, use_bias=False)(time.before(x, kernel - 1))
        x = normalized(layers.Conv2D(scaled(channels), 1, use_bias=False)(x))
        if x.shape[2] > 5:
            x = layers.MaxPooling2D((1, 2))(x)
    x = normalized(layers.Conv2D(scaled(48), (1, x.shape[2]), use_bias=False)(x))  # all frequencies
    x = layers.DepthwiseConv2D((5, 1), dilation_rate=(2, 1), use_bias=False)(time.before(x, 8))
    x = normalized(layers.Conv2D(scaled(48), 1, use_bias=False)(x))
    step = hop // 2
    x = time.rows(layers.AveragePooling2D((columns, 1), (step, 1))(time.before(x, columns - step)))
    outputs = layers.Dense(labels, activation="softmax", name="scores")(layers.Dropout(0.2)(x))
    return time.network(inputs, outputs, "tonal_conv2d")
