"""Google's speech embedding in Keras, with its published weights.

The embedding (Lin et al. 2020, "Training Keyword Spotters with Limited and Synthesized Speech Data", arXiv 2002.01322;
Apache 2.0) was trained on hundreds of millions of snippets of speech, and so knows far more voices than a few thousand
clips have. The package openWakeWord contains its 330,000 parameters as an ONNX file, which this module reads into the
same network in Keras.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import keras
from keras import layers, ops

from whipbird.arrays import Floats
from whipbird.errors import WhipbirdError
from whipbird.models.frontends.log_mel import LogMelSettings
from whipbird.system.extras import needs
from whipbird_train.networks.layers import BatchNormalization
from whipbird_train.packages import TRAIN

__all__ = ["FLOOR", "KEPT", "SETTINGS", "STEP_DB", "speech_embedding"]

# Features that the embedding was trained on; its decibels are relative to 16-bit steps, in units of ten, plus two.
SETTINGS = LogMelSettings(frame=400, step=160, fft=512, bands=32, low_hz=60, high_hz=3800)
STEP_DB = 90.3
FLOOR = 1.03  # of digital silence, in the embedding's units
KEPT = 24  # layers in the first two stages, which are the same for all speech

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
    x = _capped(BatchNormalization(momentum=0.99)(layers.ReLU()(x)))
    for channels, pairs, pooling in STAGES:
        for _ in range(pairs):
            x = _capped(layers.Conv2D(channels, (1, 3))(layers.ZeroPadding2D((0, 1))(x)))
            x = _capped(layers.Conv2D(channels, (3, 1))(x))
        x = layers.MaxPooling2D(pooling)(x)
    x = layers.Conv2D(96, (3, 1), use_bias=False)(x)
    network = keras.Model(inputs, layers.Reshape((-1, 96))(x), name="speech_embedding")
    network.set_weights(_published_weights())
    return network


def _capped(x: keras.KerasTensor) -> keras.KerasTensor:
    return ops.maximum(layers.LeakyReLU(negative_slope=0.2)(x), -0.4)


def _published_weights() -> list[Floats]:
    """The arrays of the ONNX file, in the order in which the network uses them."""
    package, onnx = find_spec("openwakeword"), find_spec("onnx")
    if package is None or package.origin is None or onnx is None:
        raise WhipbirdError(f"the speech embedding {needs(TRAIN, 'openwakeword', 'onnx')}")
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
