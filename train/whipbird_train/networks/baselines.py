"""Networks from the lecture and the articles that whipbird is compared with."""

from __future__ import annotations

import keras
from keras import layers

__all__ = ["article_conv2d", "article_dense", "lecture_conv1d"]


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

    The probability is converted to those of two classes, background and call.
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
