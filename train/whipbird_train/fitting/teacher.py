"""A teacher for words: Google's speech embedding, fine-tuned, whose answers a small network learns.

The embedding (Lin et al. 2020, "Training Keyword Spotters with Limited and Synthesized Speech Data", arXiv 2002.01322;
Apache 2.0) was trained on hundreds of millions of snippets of speech, and so knows far more voices than a few thousand
clips have. Its 330,000 parameters are too many to ship. The package openWakeWord contains them as an ONNX file, which
this module reads into the same network in Keras.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from whipbird.arrays import Floats, Integers
from whipbird.errors import WhipbirdError
from whipbird.models.frontends.log_mel import LogMelSettings
from whipbird.system.extras import needs
from whipbird_train.datasets.clips import fit_length
from whipbird_train.examples.labelled_sounds import Sounds
from whipbird_train.fitting.answers import FRONTEND, Answers
from whipbird_train.fitting.batches import Batches
from whipbird_train.fitting.epoch_cache import EmbeddedEpochs, EpochCache
from whipbird_train.fitting.fit import FitSettings, fit
from whipbird_train.frontend_matrices import build_frontend
from whipbird_train.packages import TRAIN

__all__ = ["SpeechEmbeddingTeacher", "speech_embedding"]

RATE_HZ = 16_000
# Features that the embedding was trained on; its decibels are relative to 16-bit steps, in units of ten, plus two.
SETTINGS = LogMelSettings(frame=400, step=160, fft=512, bands=32, low_hz=60, high_hz=3800)
STEP_DB = 90.3
FLOOR = 1.03  # of digital silence, in the embedding's units
MARGIN = 25  # silent frames around a clip, so that several windows of 76 frames contain every part of it

KEPT = 24  # layers of the embedding that are not trained: the first two stages

# (channels, pairs of convolutions, pooling over time and frequency)
STAGES = ((24, 1, (2, 2)), (48, 2, (1, 2)), (72, 2, (2, 2)), (96, 2, (1, 2)), (96, 2, (2, 2)))


def speech_embedding(frames: int) -> keras.Model:
    """The embedding with its trained weights: (batch, frames, 32) to (batch, (frames - 76) // 8 + 1, 96).

    Raises
    ------
    WhipbirdError
        If openWakeWord is not installed.
    """
    inputs = keras.Input((frames, SETTINGS.bands))
    x = layers.ZeroPadding2D((0, 1))(layers.Reshape((frames, SETTINGS.bands, 1))(inputs))
    x = layers.Conv2D(STAGES[0][0], 3, use_bias=False)(x)
    x = _capped(layers.BatchNormalization(momentum=0.99)(layers.ReLU()(x)))
    for channels, pairs, pooling in STAGES:
        for _ in range(pairs):
            x = _capped(layers.Conv2D(channels, (1, 3))(layers.ZeroPadding2D((0, 1))(x)))
            x = _capped(layers.Conv2D(channels, (3, 1))(x))
        x = layers.MaxPooling2D(pooling)(x)
    x = layers.Conv2D(96, (3, 1), use_bias=False)(x)
    network = keras.Model(inputs, layers.Reshape((-1, 96))(x), name="speech_embedding")
    network.set_weights(_published_weights())
    return network


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
    cache: EpochCache,
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


def _capped(x: keras.KerasTensor) -> keras.KerasTensor:
    return ops.maximum(layers.LeakyReLU(negative_slope=0.2)(x), -0.4)


def _published_weights() -> list[Floats]:
    """The arrays of the ONNX file, in the order in which the network uses them."""
    package, onnx = find_spec("openwakeword"), find_spec("onnx")
    if package is None or package.origin is None or onnx is None:
        raise WhipbirdError(f"the teacher {needs(TRAIN, 'openwakeword', 'onnx')}")
    from onnx import load, numpy_helper

    graph = load(Path(package.origin).parent / "resources" / "models" / "embedding_model.onnx").graph
    arrays = {array.name: numpy_helper.to_array(array) for array in graph.initializer}
    weights = []
    for node in graph.node:
        if node.op_type not in ("Conv", "BatchNormalization"):
            continue
        first, *others = (arrays[name] for name in node.input[1:])
        weights += [first.transpose(2, 3, 1, 0) if node.op_type == "Conv" else first, *others]
    return weights
