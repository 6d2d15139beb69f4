"""BC-ResNet: a broadcast-residual network for keywords, and its layers."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops

from whipbird_train.networks.layers import BatchNormalization, RelativeToPeak, batch_normalized

__all__ = ["DepthwiseMean", "SubSpectralNormalization", "bc_resnet"]

MOMENTUM = 0.98  # of batch statistics, for many epochs; with 0.9, accuracy still varies by a point in the last ones


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
            return self._in_training(inputs)
        scale = self.gamma * ops.rsqrt(self.variance + self.epsilon)
        shift = self.beta - self.mean * scale
        return inputs * self._per_bin(scale) + self._per_bin(shift)

    def _in_training(self, inputs):
        """Each group's channels become channels of their own, so that one operation normalizes all."""
        _, time, bins, channels = inputs.shape
        within = bins // self.groups
        grouped = ops.transpose(ops.reshape(inputs, (-1, time, self.groups, within, channels)), (0, 1, 3, 2, 4))
        wide = ops.reshape(grouped, (-1, time, within, self.groups * channels))
        gamma, beta = ops.reshape(self.gamma, (-1,)), ops.reshape(self.beta, (-1,))
        y, *statistics = batch_normalized(wide, gamma, beta, self.epsilon)
        for moving, now in zip((self.mean, self.variance), statistics, strict=True):
            moving.assign(self.momentum * moving + (1 - self.momentum) * ops.reshape(now, moving.shape))
        y = ops.transpose(ops.reshape(y, (-1, time, within, self.groups, channels)), (0, 1, 3, 2, 4))
        return ops.reshape(y, (-1, time, bins, channels))

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
    """Depthwise convolution with padding, and the mean of its outputs over all frequencies, in one operation.

    Both are linear: for each weight and input, the mean contains one product for every frequency at which they meet, so
    one convolution over all frequencies with sums of weights gives the same result. The layer replaces
    ``DepthwiseConv2D(size, padding="same", use_bias=False)`` and ``AveragePooling2D((1, bins))``, and has the same
    weights.

    Parameters
    ----------
    size : int
        Size of the kernel, over time and over frequency; odd.
    """

    def __init__(self, size: int, **kwargs) -> None:
        super().__init__(**kwargs)
        self.size = size

    def build(self, input_shape) -> None:
        _, _, bins, channels = input_shape
        self.kernel = self.add_weight(shape=(self.size, self.size, channels, 1), name="kernel")
        outputs = np.arange(bins)[:, None] - np.arange(self.size) + self.size // 2  # where an input meets a weight
        self._shares = ((outputs >= 0) & (outputs < bins)).astype(np.float32) / bins  # shape (bins, size)

    def call(self, inputs):
        margin = self.size // 2
        kernel = ops.einsum("fk,tkcm->tfcm", self._shares, self.kernel)
        return ops.depthwise_conv(ops.pad(inputs, ((0, 0), (margin, margin), (0, 0), (0, 0))), kernel)

    def get_config(self) -> dict:
        return super().get_config() | {"size": self.size}


def bc_resnet(
    frames: int, bands: int, labels: int, width: float = 1.0, time_stride: int = 1, dropout: float = 0.1
) -> keras.Model:
    """Broadcast-residual network for keywords: 9,000 parameters at width 1.

    Kim et al. 2021, "Broadcasted Residual Learning for Efficient Keyword Spotting" (arXiv 2106.04140). It has
    two-dimensional convolutions over frequency and cheap one-dimensional ones over time, whose result is broadcast over
    frequency.

    Parameters
    ----------
    frames, bands, labels : int
        Length of the window, mel bands (a multiple of 40), classes.
    width : float
        Multiplies all channel counts.
    time_stride : int
        Stride of the first convolution. It is 1 in the paper; 2 halves the work.
    dropout : float
        Share of channels dropped in the temporal branches.
    """
    # (blocks, channels, stride over frequency, dilation over time), as in the paper's table 1
    stages = [(2, 8, 1, 1), (2, 12, 2, 2), (4, 16, 2, 4), (4, 20, 1, 8)]

    def scaled(channels: int) -> int:
        return round(channels * width)

    inputs = keras.Input((frames, bands), name="log_mel")
    x = layers.Reshape((frames, bands, 1))(RelativeToPeak()(inputs))
    x = layers.Conv2D(scaled(16), 5, strides=(time_stride, 2), padding="same", use_bias=False)(x)
    x = layers.ReLU()(BatchNormalization(momentum=MOMENTUM)(x))
    for blocks, channels, stride, dilation in stages:
        for block in range(blocks):
            first = block == 0
            x = _broadcast_block(
                x, scaled(channels), stride if first else 1, max(1, dilation // time_stride), first, dropout
            )
    x = layers.Conv2D(scaled(32), 1, use_bias=False)(DepthwiseMean(5)(x))
    x = layers.ReLU(name="columns")(BatchNormalization(momentum=MOMENTUM)(x))
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Dense(labels, activation="softmax", name="scores")(x)
    return keras.Model(inputs, outputs, name="bc_resnet")


def _broadcast_block(x, channels: int, stride: int, dilation: int, transition: bool, dropout: float):
    shortcut = x
    if transition:
        x = layers.Conv2D(channels, 1, use_bias=False)(x)
        x = layers.ReLU()(BatchNormalization(momentum=MOMENTUM)(x))
    # Keras' depthwise convolution has one stride for both axes; a stride over frequency alone needs pooling.
    if stride > 1:
        x = layers.AveragePooling2D((1, stride))(x)
    x = layers.DepthwiseConv2D((1, 3), padding="same", use_bias=False)(x)
    over_frequency = SubSpectralNormalization(5, momentum=MOMENTUM)(x)
    y = layers.AveragePooling2D((1, over_frequency.shape[2]))(over_frequency)
    y = layers.DepthwiseConv2D((3, 1), padding="same", dilation_rate=(dilation, 1), use_bias=False)(y)
    y = layers.Activation("silu")(BatchNormalization(momentum=MOMENTUM)(y))
    y = layers.Conv2D(channels, 1, use_bias=False)(y)
    y = layers.SpatialDropout2D(dropout)(y)
    x = layers.Add()([over_frequency, y])
    if not transition:
        x = layers.Add()([x, shortcut])
    return layers.ReLU()(x)
