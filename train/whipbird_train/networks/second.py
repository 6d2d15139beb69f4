"""The second network of the commands: the speech embedding, and a small network on top of it.

It takes the features of the first network, and first turns them into those of the embedding: each of its mel bands is a
weighted sum of the first network's, in decibels, as a regression over recorded speech finds it.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
from keras import layers

from whipbird.arrays import Floats
from whipbird.models.frontends.base import FrontEnd
from whipbird_train.networks.speech_embedding import FLOOR, KEPT, STEP_DB, speech_embedding

__all__ = ["band_weights", "decider", "second_body"]


def band_weights(sounds: Sequence[Floats], own: FrontEnd, embedding: FrontEnd) -> Floats:
    """Weights from the bands of one front end to those of another, shape (own bands + 1, bands); the last row is added.

    Parameters
    ----------
    sounds : sequence of arrays, shape (samples,)
        Recordings by which they are found.
    """
    earlier = (own.frame - embedding.frame) // 2  # frames have the same middle
    pairs = [(own.whole(sound), embedding.whole(sound[earlier:])) for sound in sounds]
    given = np.concatenate([one[: len(other)] for one, other in pairs])
    wanted = np.concatenate([other[: len(one)] for one, other in pairs])
    found = np.linalg.lstsq(np.column_stack((given, np.ones(len(given)))), wanted, rcond=None)[0]
    return found.astype(np.float32)


def second_body(frames: int, weights: Floats) -> keras.Model:
    """From log-mel decibels, shape (batch, frames, own bands), to embeddings, shape (batch, steps, 96).

    Of the embedding, the stages can be trained that are not the same for all speech.
    """
    bands = layers.Dense(weights.shape[1], trainable=False, name="bands")
    inputs = keras.Input((frames, len(weights) - 1), name="log_mel")
    x = keras.ops.maximum((bands(inputs) + STEP_DB) / 10 + 2, FLOOR)
    bands.set_weights([weights[:-1], weights[-1]])
    embedding = speech_embedding(frames)
    for layer in embedding.layers[:KEPT]:
        layer.trainable = False
    return keras.Model(inputs, embedding(x), name="body")


def decider(steps: int, labels: int) -> keras.Model:
    """From embeddings to scores: 100,000 parameters."""
    inputs = keras.Input((steps, 96), name="embeddings")
    x = layers.SpatialDropout1D(0.1)(layers.BatchNormalization()(inputs))
    x = layers.Dropout(0.3)(layers.Conv1D(96, 3, activation="relu")(x))
    x = layers.Dropout(0.3)(layers.Conv1D(64, 3, activation="relu")(x))
    x = layers.Dropout(0.3)(layers.Dense(64, activation="relu")(layers.Flatten()(x)))
    return keras.Model(inputs, layers.Dense(labels, activation="softmax", name="scores")(x), name="decider")
