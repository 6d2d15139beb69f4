"""A teacher for words: Google's speech embedding, fine-tuned, whose answers a small network learns.

The embedding (`whipbird_train.networks.speech_embedding`) knows far more voices than a few thousand clips have, but its
330,000 parameters are too many to be computed all the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from keras import layers

from whipbird.arrays import Floats, Integers
from whipbird.models.frontends.log_mel import LogMelSettings
from whipbird_train.datasets.clips import fit_length
from whipbird_train.examples.labelled_sounds import Sounds
from whipbird_train.fitting.answers import FRONTEND, Answers
from whipbird_train.fitting.batches import Batches
from whipbird_train.fitting.epoch_cache import EmbeddedEpochs, EpochCache, Epochs
from whipbird_train.fitting.fit import FitSettings, fit
from whipbird_train.frontend_matrices import build_frontend
from whipbird_train.networks.speech_embedding import FLOOR, KEPT, SETTINGS, STEP_DB, speech_embedding

__all__ = ["SpeechEmbeddingTeacher"]

RATE_HZ = 16_000
MARGIN = 25  # silent frames around a clip, so that several windows of 76 frames contain every part of it


@dataclass(frozen=True)
class SpeechEmbeddingTeacher:
    """Fine-tunes the embedding for the given labels, and answers with probabilities.

    They are the mean of two networks, whose mistakes differ: one trains only a head on the fixed embedding; the other
    starts from that head and also trains the embedding, except its first stages, which are the same for all speech.

    Attributes
    ----------
    head, whole : FitSettings
        Settings of the two.
    """

    head: FitSettings
    whole: FitSettings

    @property
    def frontends(self) -> Mapping[str, LogMelSettings]:
        """Front ends that the teacher needs, by name."""
        return {FRONTEND: SETTINGS}

    def __call__(self, cache: EpochCache, labels: int, test: Sounds, folder: Path, seed: int) -> Answers:
        """Train the teacher on the cached epochs and keep it in the folder."""
        folder = folder / "teacher"
        frames = cache.features(0, FRONTEND).shape[1]
        frontend = build_frontend(SETTINGS, RATE_HZ)
        unseen = frontend.whole(np.stack([fit_length(wave, frontend.span(frames)) for wave in test.waves]))

        keras.utils.set_random_seed(seed)
        body = _body(frames)
        embedded = EmbeddedEpochs(cache, body)
        head = _head(body.output_shape[1:], labels)
        _train(head, embedded, self.head, (body.predict(unseen, verbose=0), test.labels), folder / "head", seed)
        own = _body(frames)
        tuned = _head(own.output_shape[1:], labels)
        tuned.set_weights(head.get_weights())  # an untrained head would first spoil the embedding
        whole = keras.Model(own.inputs, tuned(own.outputs[0]), name="whole")
        _train(whole, cache, self.whole, (unseen, test.labels), folder / "whole", seed)

        return Answers(cache, embedded, head, whole)


def _train(
    network: keras.Model,
    cache: Epochs,
    settings: FitSettings,
    unseen: tuple[Floats, Integers],
    folder: Path,
    seed: int,
) -> None:
    labels = network.output_shape[-1]
    batches = Batches(cache, FRONTEND, labels, settings.batch, settings.variation, seed, settings.balanced)
    fit(network, batches, unseen, settings, folder, f"teacher, {network.name}")


def _body(frames: int) -> keras.Model:
    """Network from log-mel decibels to embeddings; its first stages are not trained."""
    inputs = keras.Input((frames, SETTINGS.bands), name="log_mel")
    x = (inputs + STEP_DB) / 10 + 2
    x = layers.ZeroPadding1D(MARGIN)(x - FLOOR) + FLOOR
    embedding = speech_embedding(frames + 2 * MARGIN)
    for layer in embedding.layers[:KEPT]:
        layer.trainable = False
    return keras.Model(inputs, embedding(x), name="body")


def _head(shape: tuple[int, ...], labels: int) -> keras.Model:
    inputs = keras.Input(shape, name="embeddings")
    x = layers.SpatialDropout1D(0.1)(layers.BatchNormalization()(inputs))
    for _ in range(2):
        x = layers.Dropout(0.4)(layers.Conv1D(192, 3, activation="relu")(x))
    x = layers.Dropout(0.4)(layers.Dense(128, activation="relu")(layers.Flatten()(x)))
    return keras.Model(inputs, layers.Dense(labels, activation="softmax", name="scores")(x), name="head")
