"""The networks, in Keras. Each function returns an uncompiled model: features in, class probabilities out.

Layouts are (batch, time, frequency, channels) for spectrograms and (batch, samples, 1) for raw sound.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
from keras import layers, ops

from whipbird_train.steps import Time, Windows

__all__ = [
    "DepthwiseMean",
    "Mimicry",
    "RelativeToColumn",
    "RelativeToMeans",
    "RelativeToPeak",
    "SubSpectralNormalization",
    "article_conv2d",
    "article_dense",
    "bc_resnet",
    "body_of",
    "committee",
    "environment_cnn",
    "joined",
    "lecture_conv1d",
    "mimicking",
    "taught_head",
    "tonal_conv2d",
    "word_conv2d",
]


WINDOWS = Windows()
MOMENTUM = 0.98  # of batch statistics, where epochs are many; with 0.9, the last ones still sway by a point


@keras.saving.register_keras_serializable("whipbird")
class SubSpectralNormalization(layers.Layer):
    """Batch normalization with statistics of its own for each group of neighbouring frequencies.

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
        _, time, bins, channels = inputs.shape
        if training:
            grouped = ops.reshape(inputs, (-1, time, self.groups, bins // self.groups, channels))
            mean = ops.mean(grouped, axis=(0, 1, 3))[:, None, :]
            variance = ops.mean(ops.square(grouped), axis=(0, 1, 3))[:, None, :] - ops.square(mean)
            self.mean.assign(self.momentum * self.mean + (1 - self.momentum) * mean)
            self.variance.assign(self.momentum * self.variance + (1 - self.momentum) * variance)
        else:
            mean, variance = self.mean, self.variance
        scale = self.gamma * ops.rsqrt(variance + self.epsilon)
        shift = self.beta - mean * scale
        return inputs * self._per_bin(scale) + self._per_bin(shift)

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
    """Depthwise convolution, padded to the same shape, and the mean of its outputs over all frequencies, at once.

    Both are linear: of each weight, the mean takes in as many products as there are frequencies at which it meets the
    same input, so that one convolution over all frequencies with the sums of weights does the same. It takes the place
    of ``DepthwiseConv2D(size, padding="same", use_bias=False)`` and ``AveragePooling2D((1, bins))``, and has the same
    weights.

    Parameters
    ----------
    size : int
        Of the kernel, over time and over frequency; odd.
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


@keras.saving.register_keras_serializable("whipbird")
class RelativeToPeak(layers.Layer):
    """Decibels below the loudest point of the window, so that loudness does not matter; -80 to 0 dB become -1 to 1."""

    RANGE_DB = 80.0

    def call(self, inputs):
        below = inputs - ops.max(inputs, axis=(1, 2), keepdims=True)
        return ops.maximum(below, -self.RANGE_DB) * (2 / self.RANGE_DB) + 1


@keras.saving.register_keras_serializable("whipbird")
class RelativeToMeans(layers.Layer):
    """Two channels: decibels above the mean of the window, and above the mean of each band over the window.

    Loudness does not matter to either; the second does not know the colour of a recording (its microphone, its
    steady background) and shows only what changes. 15 dB become 1.
    """

    SCALE_DB = 15.0

    def call(self, inputs):
        of_window = inputs - ops.mean(inputs, axis=(1, 2), keepdims=True)
        of_bands = inputs - ops.mean(inputs, axis=1, keepdims=True)
        return ops.stack([of_window, of_bands], axis=-1) / self.SCALE_DB


def bc_resnet(
    frames: int, bands: int, labels: int, width: float = 1.0, time_stride: int = 1, dropout: float = 0.1
) -> keras.Model:
    """Broadcast-residual network for keywords: 9,000 parameters at width 1.

    Kim et al. 2021, "Broadcasted Residual Learning for Efficient Keyword Spotting" (arXiv 2106.04140). Two-dimensional
    convolutions over frequency, cheap one-dimensional ones over time, whose result is broadcast back over frequency.

    Parameters
    ----------
    frames, bands, labels : int
        Length of the window, mel bands (a multiple of 40), classes.
    width : float
        Multiplies all channel counts.
    time_stride : int
        Of the first convolution. The paper's is 1; 2 halves the work.
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
    x = layers.ReLU()(layers.BatchNormalization(momentum=MOMENTUM)(x))
    for blocks, channels, stride, dilation in stages:
        for block in range(blocks):
            first = block == 0
            x = _broadcast_block(
                x, scaled(channels), stride if first else 1, max(1, dilation // time_stride), first, dropout
            )
    x = layers.Conv2D(scaled(32), 1, use_bias=False)(DepthwiseMean(5)(x))
    x = layers.ReLU(name="columns")(layers.BatchNormalization(momentum=MOMENTUM)(x))
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Dense(labels, activation="softmax", name="scores")(x)
    return keras.Model(inputs, outputs, name="bc_resnet")


def _broadcast_block(x, channels: int, stride: int, dilation: int, transition: bool, dropout: float):
    shortcut = x
    if transition:
        x = layers.Conv2D(channels, 1, use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=MOMENTUM)(x))
    # Keras' depthwise convolution knows one stride for both axes; over frequency alone it takes a pooling.
    if stride > 1:
        x = layers.AveragePooling2D((1, stride))(x)
    x = layers.DepthwiseConv2D((1, 3), padding="same", use_bias=False)(x)
    over_frequency = SubSpectralNormalization(5, momentum=MOMENTUM)(x)
    y = layers.AveragePooling2D((1, over_frequency.shape[2]))(over_frequency)
    y = layers.DepthwiseConv2D((3, 1), padding="same", dilation_rate=(dilation, 1), use_bias=False)(y)
    y = layers.Activation("silu")(layers.BatchNormalization(momentum=MOMENTUM)(y))
    y = layers.Conv2D(channels, 1, use_bias=False)(y)
    y = layers.SpatialDropout2D(dropout)(y)
    x = layers.Add()([over_frequency, y])
    if not transition:
        x = layers.Add()([x, shortcut])
    return layers.ReLU()(x)


@keras.saving.register_keras_serializable("whipbird")
class Mimicry(layers.Layer):
    """Passes scores on; in training, adds to the loss how far guesses are from hints, as mean square.

    Romero et al. 2015, "FitNets: Hints for Thin Deep Nets" (arXiv 1412.6550).
    """

    def call(self, inputs, training: bool = False):
        scores, guesses, hints = inputs
        if training:
            self.add_loss(ops.mean(ops.square(guesses - hints)))
        return scores


def mimicking(network: keras.Model, hints: int, width: int, step: int) -> keras.Model:
    """The same network, to be trained with a teacher's hints as a second input, which its columns learn to tell.

    Parameters
    ----------
    network : keras.Model
        With a layer ``columns``: outputs of shape (columns, 1, channels).
    hints, width : int
        Shape of the hints.
    step : int
        Frames of the network's input from one hint to the next; they lie evenly around its middle.
    """
    columns = network.get_layer("columns").output
    count = columns.shape[1]
    stride = max(1, round(step * count / network.input_shape[1]))
    wanted = keras.Input((hints, width), name="hints")
    x = layers.Reshape((count, columns.shape[-1]))(columns)
    guesses = layers.Conv1D(width, count - stride * (hints - 1), strides=stride, name="guesses")(x)
    return keras.Model([*network.inputs, wanted], Mimicry()([network.outputs[0], guesses, wanted]))


@keras.saving.register_keras_serializable("whipbird")
class RelativeToColumn(layers.Layer):
    """Decibels relative to the mean of the same frame's bands, so that loudness does not matter; 20 dB become 1.

    It looks at one frame alone, and so costs a stream nothing.
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
        Length of the window, which is even; None for steps.
    bands, labels : int
        Mel bands (64), classes.
    width : float
        Multiplies all channel counts.
    columns : int
        The score is the mean over so many of the last columns, of two frames each.
    hop : int
        Frames from one score to the next in a stream.
    """

    def scaled(channels: int) -> int:
        return round(channels * width)

    inputs = keras.Input((frames, bands), name="log_mel")
    x = time.before(ops.expand_dims(RelativeToColumn()(inputs), -1), 2)  # of these and a hop, the last is left over
    x = _normalized(layers.Conv2D(scaled(16), (3, 5), strides=(2, 2), use_bias=False)(x))
    for channels, kernel in ((24, 3), (32, 3), (32, 3)):
        x = layers.DepthwiseConv2D(kernel, use_bias=False)(time.before(x, kernel - 1))
        x = _normalized(layers.Conv2D(scaled(channels), 1, use_bias=False)(x))
        if x.shape[2] > 5:
            x = layers.MaxPooling2D((1, 2))(x)
    x = _normalized(layers.Conv2D(scaled(48), (1, x.shape[2]), use_bias=False)(x))  # all frequencies
    x = layers.DepthwiseConv2D((5, 1), dilation_rate=(2, 1), use_bias=False)(time.before(x, 8))
    x = _normalized(layers.Conv2D(scaled(48), 1, use_bias=False)(x))
    step = hop // 2
    x = time.rows(layers.AveragePooling2D((columns, 1), (step, 1))(time.before(x, columns - step)))
    outputs = layers.Dense(labels, activation="softmax", name="scores")(layers.Dropout(0.2)(x))
    return time.network(inputs, outputs, "tonal_conv2d")


def _normalized(x):
    return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))


def lecture_conv1d(samples: int, labels: int) -> keras.Model:
    """The lecture's network: four convolutions over raw sound, then dense layers; 506,586 parameters at ten labels."""
    inputs = keras.Input((samples, 1), name="samples")
    x = inputs
    for filters in (8, 16, 32, 64):
        x = layers.Conv1D(filters, 11, activation="relu")(x)
        x = layers.MaxPooling1D(4)(x)
        x = layers.Dropout(0.3)(x)
    x = layers.Flatten()(x)
    for units in (256, 128):
        x = layers.Dense(units, activation="relu")(x)
        x = layers.Dropout(0.3)(x)
    outputs = layers.Dense(labels, activation="softmax", name="scores")(x)
    return keras.Model(inputs, outputs, name="lecture_conv1d")


def article_conv2d(frames: int, bins: int) -> keras.Model:
    """The article's network for calls: two convolutions over a spectrogram, then one sigmoid; 6,021,857 parameters.

    Its probability becomes that of two classes, background and call.
    """
    inputs = keras.Input((frames, bins), name="stft")
    x = layers.Reshape((frames, bins, 1))(inputs)
    for _ in range(2):
        x = layers.Conv2D(16, 3, activation="relu")(x)
    call = layers.Dense(1, activation="sigmoid")(layers.Flatten()(x))
    return keras.Model(inputs, layers.Concatenate(name="scores")([1 - call, call]), name="article_conv2d")


def article_dense(frames: int, coefficients: int, labels: int) -> keras.Model:
    """The article's network for city sounds: the mean of each coefficient, then two dense layers."""
    inputs = keras.Input((frames, coefficients), name="mfcc")
    x = layers.GlobalAveragePooling1D()(inputs)
    for _ in range(2):
        x = layers.Dropout(0.5)(layers.Dense(256, activation="relu")(x))
    outputs = layers.Dense(labels, activation="softmax", name="scores")(x)
    return keras.Model(inputs, outputs, name="article_dense")


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


def committee(members: Sequence[keras.Model]) -> keras.Model:
    """One network whose scores are the means of its members'."""
    inputs = keras.Input(members[0].input_shape[1:], name="features")
    scores = [
        keras.Model(member.inputs[0], member.outputs[0], name=f"member_{number}")(inputs)
        for number, member in enumerate(members, 1)
    ]
    mean = layers.Rescaling(1 / len(scores), name="scores")(layers.Add()(scores))
    return keras.Model(inputs, mean, name="committee")


def body_of(network: keras.Model) -> keras.Model:
    """All of a network but its last layer."""
    return keras.Model(network.inputs, network.layers[-2].output, name="body")


def joined(body: keras.Model, head: keras.Model) -> keras.Model:
    """One network on top of another."""
    return keras.Model(body.inputs, head(body.outputs[0]), name=head.name)


def taught_head(width: int, labels: int) -> keras.Model:
    """From activations to labels: one hidden layer."""
    inputs = keras.Input((width,), name="activations")
    x = layers.Dropout(0.2)(layers.BatchNormalization()(inputs))
    x = layers.Dropout(0.3)(layers.Dense(64, activation="relu")(x))
    outputs = layers.Dense(labels, activation="softmax", name="scores")(x)
    return keras.Model(inputs, outputs, name="taught")


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
    x = _normalized(layers.Conv2D(scaled(24), (7, 5), strides=(4, 2), padding="same", use_bias=False)(x))
    for channels in (32, 48):
        x = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
        x = _normalized(layers.Conv2D(scaled(channels), 1, use_bias=False)(x))
        x = layers.MaxPooling2D((1, 2))(x)
    x = _normalized(layers.Conv2D(scaled(64), (1, x.shape[2]), use_bias=False)(x))  # all frequencies
    for dilation in (1, 1, 2):
        y = layers.DepthwiseConv2D((7, 1), padding="same", dilation_rate=(dilation, 1), use_bias=False)(x)
        y = _normalized(layers.Conv2D(scaled(64), 1, use_bias=False)(y))
        y = layers.BatchNormalization(momentum=0.9)(layers.Conv2D(scaled(64), 1, use_bias=False)(y))
        x = layers.ReLU()(layers.Add()([x, y]))
    x = layers.Dropout(0.3)(layers.GlobalAveragePooling2D()(x))
    outputs = layers.Dense(labels, activation="softmax", name="scores")(x)
    return keras.Model(inputs, outputs, name="word_conv2d")
