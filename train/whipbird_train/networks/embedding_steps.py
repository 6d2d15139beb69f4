"""Google's speech embedding, as openWakeWord's phrases use it, in a form that runs in steps.

The embedding (Lin et al. 2020, "Training Keyword Spotters with Limited and Synthesized Speech Data", arXiv 2002.01322;
Apache 2.0) gives 96 numbers for 76 frames of mel bands, every 8 frames. The package pyopen-wakeword (Apache 2.0) has it
as a TFLite network for whole windows, next to that of the mel bands. Nothing in it is padded in time: so the same
layers also run in steps, on new frames alone (`whipbird_train.networks.streaming`), for a tenth of the cost.
"""

from __future__ import annotations

import hashlib
import re
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import keras
from ai_edge_litert.interpreter import Interpreter
from keras import layers, ops

from whipbird.arrays import Floats
from whipbird.errors import WhipbirdError
from whipbird.importers.open_wake_word import SHARED, SHARED_SHA256
from whipbird.models.frontends.speech_embedding import BANDS, ROWS, WIDTH
from whipbird.system.extras import needs
from whipbird_train.networks.streaming import Time, Windows, step_network
from whipbird_train.packages import TRAIN

__all__ = ["embedding_network", "embedding_steps", "published"]

PACKAGE = "pyopen_wakeword"

# (channels, pairs of convolutions, pooling over time and frequency)
STAGES = ((24, 1, (2, 2)), (48, 2, (1, 2)), (72, 2, (2, 2)), (96, 2, (1, 2)), (96, 2, (2, 2)))


def published() -> dict[str, bytes]:
    """The networks of the package, by the names that they have in a bundle.

    Raises
    ------
    WhipbirdError
        If it is not installed, or has others.
    """
    package = find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise WhipbirdError(f"the speech embedding {needs(TRAIN, PACKAGE)}")
    folder = Path(package.origin).parent / "models"
    files = {own: (folder / name).read_bytes() for name, own in SHARED.items()}
    for name, content in files.items():
        if hashlib.sha256(content).hexdigest() != SHARED_SHA256[name]:
            raise WhipbirdError(f"{folder}: another speech embedding than is expected; install pyopen-wakeword 1.1.0")
    return files


def embedding_steps(content: bytes) -> keras.Model:
    """The embedding in steps, see `step_network`, with the weights of a TFLite file."""
    trained = embedding_network(ROWS)
    trained.set_weights(_weights(content))
    return step_network(partial(embedding_network, None), trained)


def embedding_network(frames: int | None, time: Time | None = None) -> keras.Model:
    """The embedding, without its trained weights: (batch, frames, 32) to (batch, (frames - 76) // 8 + 1, 96)."""
    time = Windows() if time is None else time
    inputs = keras.Input((frames, BANDS))
    x = layers.ZeroPadding2D((0, 1))(ops.expand_dims(inputs, -1))
    x = _capped(layers.Conv2D(STAGES[0][0], 3)(time.before(x, 2)))
    for channels, pairs, pooling in STAGES:
        for _ in range(pairs):
            x = _capped(layers.Conv2D(channels, (1, 3))(layers.ZeroPadding2D((0, 1))(x)))
            x = _capped(layers.Conv2D(channels, (3, 1))(time.before(x, 2)))
        x = layers.MaxPooling2D(pooling)(x)
    x = layers.Conv2D(WIDTH, (3, 1))(time.before(x, 2))
    return time.network(inputs, ops.squeeze(x, axis=2), "speech_embedding")


def _capped(x: Any) -> Any:
    return ops.maximum(layers.LeakyReLU(negative_slope=0.2)(x), -0.4)


def _weights(content: bytes) -> list[Floats]:
    """Kernels and biases of a TFLite file, in the order in which the network uses them."""
    interpreter = Interpreter(model_content=content, num_threads=1)
    found: dict[tuple[int, int], Floats] = {}
    for tensor in interpreter.get_tensor_details():
        name, axes = tensor["name"].split(";")[0], len(tensor["shape"])
        match = re.fullmatch(r"model/(?:conv2d|batch_normalization)(?:_(\d+))?/(?:Conv2D1?|FusedBatchNormV3)", name)
        if match is None or axes not in (1, 4) or (axes == 4 and tensor["shape"][0] == 1):
            continue
        values = interpreter.get_tensor(tensor["index"])
        found[int(match[1] or 0), -axes] = values.transpose(1, 2, 3, 0) if axes == 4 else values
    return [found[key] for key in sorted(found)]
