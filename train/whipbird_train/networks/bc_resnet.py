"""BC-ResNet: a broadcast-residual network for keywords, and its layers, in steps of a stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from whipbird_train.networks.layers import scores_of
from whipbird_train.networks.streaming import Time, Windows

__all__ = ["DepthwiseMean", "ShapeAndLevel", "SubSpectralNormalization", "bc_resnet", "frames_for"]

MOMENTUM = 0.98  # of batch statistics, for many epochs; with 0.9, accuracy still varies by a point in the last ones
WINDOWS = Windows()
STRIDE = 2  # frames in a column
KERNEL = 5  # of the first and of the last convolution
# (blocks, channels, stride over frequency, dilation over time): the paper's table 1, with a column of two frames
STAGES = ((2, 6, 1, 1), (2, 12, 2, 1), (4, 20, 2, 2), (4, 24, 1, 4))


@keras.saving.register_keras_serializable("whipbird")
class ShapeAndLevel(layers.Layer):
    """Two numbers for each band, shape (..., bands, 2): decibels relative to the frame's mean, and that mean itself.

    Both need one frame only, and so no state in a stream; 20 dB of shape and 40 dB of level become 1.
    """

    SHAPE_DB, LEVEL_DB, MIDDLE_DB = 20.0, 40.0, 60.0

    def call(self, inputs):
        level = ops.mean(inputs, axis=2, keepdims=True)
        shape = (inputs - level) * (1 / self.SHAPE_DB)
        loudness = (level + self.MIDDLE_DB) * (1 / self.LEVEL_DB)
        return ops.stack([shape, loudness + ops.zeros_like(shape)], axis=-1)


@keras.saving.register_keras_serializable("whipbird")
class SubSpectralNormalization(layers.Layer):
    """Batch normalization with separate statistics for each group of neighbouring frequencies.

    Chang et al. 2021, "SubSpectral Normalization for Neural Audio Data Processing" (arXiv 2103.13620). At inference it
    is one multiplication and one addition of constants of shape (frequency, channels).
    """

    def __init__(self, groups: int, momentum: float = 0.9, epsilon: float = 1e-3, **kwargs) -> None:
        super().__init__(**kwargs)
        self.groups = groups
        self.momentum = momentum
        self.epsilon = epsilon

    def build(self, input_shape) -> None:
        _, _, self._bins, channels = input_shape
        if self._bins % self.groups:
            raise ValueError(f"{self._bins} frequencies do not divide into {self.groups} groups")
        shape = (self.groups, 1, channels)
        self.gamma = self.add_weight(shape=shape, initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=shape, initializer="zeros", name="beta")
        self.mean = self.add_weight(shape=shape, initializer="zeros", trainable=False, name="mean")
        self.variance = self.add_weight(shape=shape, initializer="ones", trainable=False, name="variance")

    def call(self, inputs, training: bool = False):
        if training:
            mean = self._per_group(ops.mean(inputs, axis=(0, 1)))
            variance = self._per_group(ops.mean(ops.square(inputs), axis=(0, 1))) - ops.square(mean)
            self.mean.assign(self.momentum * self.mean + (1 - self.momentum) * mean)
            self.variance.assign(self.momentum * self.variance + (1 - self.momentum) * variance)
        else:
            mean, variance = self.mean, self.variance
        scale = self.gamma * ops.rsqrt(variance + self.epsilon)
        shift = self.beta - mean * scale
        return inputs * self._per_bin(scale) + self._per_bin(shift)

    def _per_group(self, per_bin):
        return ops.mean(ops.reshape(per_bin, (self.groups, self._bins // self.groups, -1)), axis=1, keepdims=True)

    def _per_bin(self, per_group):
        return ops.reshape(ops.repeat(per_group, self._bins // self.groups, axis=1), (1, 1, self._bins, -1))

    def get_config(self) -> dict:
        return super().get_config() | {
            "groups": self.groups,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
        }


@keras.saving.register_keras_serializable("whipbird")
class DepthwiseMean(layers.Layer):
    """Depthwise convolution, and the mean of its outputs over all frequencies, in one operation.

    Both are linear: for each weight and input, the mean contains one product for every frequency at which they meet, so
    one convolution over all frequencies with sums of weights gives the same result. The layer replaces
    ``DepthwiseConv2D(size, use_bias=False)``, padded over frequency, and ``AveragePooling2D((1, bins))``, and has the
    same weights.

    Parameters
    ----------
    size : int
        Size of the kernel, over time and over frequency; odd.
    padding : str
        Over time, ``same`` or ``valid``.
    """

    def __init__(self, size: int, padding: str = "same", **kwargs) -> None:
        super().__init__(**kwargs)
        self.size = size
        self.padding = padding

    def build(self, input_shape) -> None:
        _, _, bins, channels = input_shape
        self.kernel = self.add_weight(shape=(self.size, self.size, channels, 1), name="kernel")
        outputs = np.arange(bins)[:, None] - np.arange(self.size) + self.size // 2  # where an input meets a weight
        self._shares = ((outputs >= 0) & (outputs < bins)).astype(np.float32) / bins  # shape (bins, size)

    def call(self, inputs):
        margin = self.size // 2 if self.padding == "same" else 0
        padded = ops.pad(inputs, ((0, 0), (margin, margin), (0, 0), (0, 0)))
        return ops.depthwise_conv(padded, ops.einsum("fk,tkcm->tfcm", self._shares, self.kernel))

    def get_config(self) -> dict:
        return super().get_config() | {"size": self.size, "padding": self.padding}


def frames_for(columns: int, scores: int = 1, hop: int = 6) -> int:
    """Frames from which `bc_resnet` computes some successive scores, each a mean over some columns."""
    seen = columns + KERNEL - 1 + sum(2 * blocks * dilation for blocks, _, _, dilation in STAGES)
    return (seen - 1) * STRIDE + KERNEL + (scores - 1) * hop


def bc_resnet(
    frames: int | None,
    bands: int,
    labels: int,
    width: float = 1.0,
    columns: int = 40,
    hop: int = 6,
    time: Time = WINDOWS,
    head: Callable[[Any, int], Any] = scores_of,
) -> keras.Model:
    """Broadcast-residual network for keywords: 9,000 parameters at width 1.

    Kim et al. 2021, "Broadcasted Residual Learning for Efficient Keyword Spotting" (arXiv 2106.04140). It has
    two-dimensional convolutions over frequency and cheap one-dimensional ones over time, whose result is broadcast over
    frequency. Unlike in the paper, a column never depends on what comes after it, and on real sound before it in place
    of padding: so in a stream each is computed once, and a score is a mean over the last ones.

    Parameters
    ----------
    frames : int or None
        Length of the window, see `frames_for`; None for steps.
    bands, labels : int
        Mel bands (a multiple of 40), classes.
    width : float
        Multiplies all channel counts.
    columns : int
        Number of last columns, of two frames each, whose mean gives the score.
    hop : int
        Frames from one score to the next in a stream, an even number.
    head : callable
        Turns means over columns, and the number of labels, into scores.
    """

    def scaled(channels: int) -> int:
        return round(channels * width)

    inputs = keras.Input((frames, bands), name="log_mel")
    x = time.before(ShapeAndLevel()(inputs), KERNEL - STRIDE)
    x = layers.ZeroPadding2D(((0, 0), (1, 2)))(x)
    x = layers.Conv2D(scaled(6), KERNEL, strides=(STRIDE, 2), use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization(momentum=MOMENTUM)(x))
    for blocks, channels, stride, dilation in STAGES:
        for block in range(blocks):
            first = block == 0
            x = _broadcast_block(x, scaled(channels), stride if first else 1, dilation, first, time)
    x = layers.Conv2D(scaled(32), 1, use_bias=False)(DepthwiseMean(KERNEL, "valid")(time.before(x, KERNEL - 1)))
    x = layers.ReLU(name="columns")(layers.BatchNormalization(momentum=MOMENTUM)(x))
    step = hop // STRIDE
    x = time.rows(layers.AveragePooling2D((columns, 1), (step, 1))(time.before(x, columns - step)))
    return time.network(inputs, head(x, labels), "bc_resnet")


def _broadcast_block(x, channels: int, stride: int, dilation: int, transition: bool, time: Time):
    past = 2 * dilation  # columns
    shortcut = x
    if transition:
        x = layers.Conv2D(channels, 1, use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=MOMENTUM)(x))
    # Keras' depthwise convolution has one stride for both axes; a stride over frequency alone needs pooling.
    if stride > 1:
        x = layers.AveragePooling2D((1, stride))(x)
    x = layers.ZeroPadding2D((0, 1))(x)
    over_frequency = SubSpectralNormalization(5, momentum=MOMENTUM)(layers.DepthwiseConv2D((1, 3), use_bias=False)(x))
    y = time.before(layers.AveragePooling2D((1, over_frequency.shape[2]))(over_frequency), past)
    y = layers.DepthwiseConv2D((3, 1), dilation_rate=(dilation, 1), use_bias=False)(y)
    y = layers.Activation("silu")(layers.BatchNormalization(momentum=MOMENTUM)(y))
    y = layers.Conv2D(channels, 1, use_bias=False)(y)
    x = layers.Add()([time.beside(over_frequency, past), y])
    if not transition:
        x = layers.Add()([x, time.beside(shortcut, past)])
    return layers.ReLU()(x)
