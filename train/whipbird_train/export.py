"""Export: from a trained Keras network to a bundle that the runtime loads, checked against Keras on real clips.

Two variants are made: float32, and weights of eight bits (``dynamic``). Both are measured on the same windows; accuracy
and size decide which ships, for times depend on what else the machine does.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import shutil
import time
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from whipbird.arrays import Floats, Integers
from whipbird.models.bundle import MATRICES, NETWORK, STEPS
from whipbird.models.card import Card
from whipbird.models.networks.windowed import StepNetwork
from whipbird_train.bundle import write_card

__all__ = ["EMBEDDINGS", "KERAS", "Variant", "best_trade", "convert", "convert_steps", "measure", "write_bundle"]

Kind = Literal["float32", "dynamic"]
KINDS: tuple[Kind, ...] = ("float32", "dynamic")
KERAS = "network.keras"  # for those who train on from here
EMBEDDINGS = "embeddings.npz"  # for the same: names of recordings, and the network's activations before its last layer

MOST_DIFFERENCE = 1e-4  # between a score of Keras and of the exported float32 model
MOST_LOST = 0.005  # accuracy that the variant of eight bits may lose
WORTH = 0.4  # it ships if it has this share of float32's bytes, or less
MOST_KEPT = 1_000_000  # bytes of float32, up to which the network in Keras goes along
MOST_IN_STEPS = 200  # windows on which the network for streams is compared


@dataclass(frozen=True)
class Variant:
    """One way to write a network, and what was measured of it.

    Attributes
    ----------
    accuracy : float
        Share of the windows given the right label.
    difference : float
        Largest difference of a score from Keras.
    window_us : float
        Median time for a window on one thread, in microseconds.
    """

    kind: Kind
    model: bytes
    accuracy: float
    difference: float
    window_us: float

    def as_dict(self) -> dict[str, float]:
        return {
            "bytes": len(self.model),
            "accuracy": round(self.accuracy, 4),
            "largest_difference_from_keras": float(f"{self.difference:.3g}"),
            "window_us": round(self.window_us, 1),
        }


def convert(network: keras.Model, kind: Kind) -> bytes:
    """Convert a network to a TFLite model with a batch of one."""
    single = keras.Input(batch_shape=(1, *network.input_shape[1:]))
    fixed = keras.Model(single, network(single))
    converter = tf.lite.TFLiteConverter.from_keras_model(fixed)
    if kind == "dynamic":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    return _quietly(converter)


def convert_steps(network: keras.Model) -> bytes:
    """Convert a streaming network (`whipbird_train.networks.streaming`) to a TFLite model for any number of streams and frames."""
    return _quietly(tf.lite.TFLiteConverter.from_keras_model(network))


def _quietly(converter: tf.lite.TFLiteConverter) -> bytes:
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():  # the converter lists every variable
        warnings.simplefilter("ignore", UserWarning)
        return bytes(converter.convert())


def measure(kind: Kind, model: bytes, windows: Floats, expected: Floats,
            truth: Integers) -> Variant:  # fmt: skip
    """Run a TFLite model on windows, one at a time, and compare its scores with those of Keras, shape (n, labels)."""
    interpreter = Interpreter(model_content=model, num_threads=1)
    interpreter.allocate_tensors()
    inputs, outputs = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    scores, times = [], []
    for window in windows:
        began = time.perf_counter()
        interpreter.set_tensor(inputs["index"], window.reshape(inputs["shape"]))
        interpreter.invoke()
        scores.append(interpreter.get_tensor(outputs["index"]).reshape(-1))
        times.append(time.perf_counter() - began)
    found = np.stack(scores)
    return Variant(
        kind,
        model,
        float((found.argmax(axis=1) == truth).mean()),
        float(np.abs(found - expected).max()),
        float(np.median(times)) * 1e6,
    )


def best_trade(plain: Variant, small: Variant) -> Variant:
    """The variant that ships: float32, unless that of eight bits loses little and is much smaller."""
    lost = plain.accuracy - small.accuracy
    return small if lost <= MOST_LOST and len(small.model) <= WORTH * len(plain.model) else plain


def write_bundle(
    folder: Path,
    card: Card,
    network: keras.Model,
    steps: keras.Model | None,
    matrices: Mapping[str, Floats],
    windows: Floats,
    truth: Integers,
    arrays: Mapping[str, Mapping[str, NDArray[Any]]],
    pictures: Iterable[Path] = (),
) -> Card:
    """Convert, measure, choose, and write all of a bundle but its page into a folder; return the card.

    Parameters
    ----------
    card : Card
        Without the results of the export and without hashes.
    steps : keras.Model or None
        The same network for streams. Then both ship in float32, and score the same.
    matrices : mapping
        Of the front end.
    windows : array, shape (n, ...)
        Features of real clips, on which the variants are compared.
    truth : array of int, shape (n,)
        Their labels.
    arrays : mapping of str to mapping
        More ``.npz`` files, for those who train on from the network.
    pictures : iterable of Path
        To copy, for the page.

    Raises
    ------
    RuntimeError
        If the scores of the float32 model, or those of the network for streams, differ from those of Keras.
    """
    expected = network.predict(windows, batch_size=64, verbose=0)
    variants = [measure(kind, convert(network, kind), windows, expected, truth) for kind in KINDS]
    plain = variants[0]
    _check_difference("exported", plain.difference)
    shipped = plain if steps is not None else best_trade(plain, variants[-1])
    (folder / NETWORK).write_bytes(shipped.model)
    if steps is not None:
        streaming = convert_steps(steps)
        _check_difference("in steps", _difference_in_steps(streaming, card, windows, expected))
        (folder / STEPS).write_bytes(streaming)
    if len(plain.model) <= MOST_KEPT:
        network.save(folder / KERAS)
    for name, content in arrays.items():
        np.savez_compressed(folder / name, **content)  # type: ignore[arg-type]
    if matrices:
        np.savez(folder / MATRICES, **matrices)  # type: ignore[arg-type]
    for picture in pictures:
        shutil.copy(picture, folder)
    exported = {
        "parameters": sum(int(np.prod(weight.shape)) for weight in network.trainable_weights),
        "model_bytes": len(shipped.model),
        "exported": shipped.kind,
        "variants": {variant.kind: variant.as_dict() for variant in variants},
    }
    hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}
    card = card.model_copy(update={"results": {**exported, **card.results}, "sha256": hashes})
    write_card(folder, card)
    return card


def _check_difference(how: str, difference: float) -> None:
    if not difference <= MOST_DIFFERENCE:
        raise RuntimeError(f"{how}, the network's scores differ from those of Keras by {difference:.2g}")


def _difference_in_steps(model: bytes, card: Card, windows: Floats, expected: Floats) -> float:
    """Largest difference of a score of some windows, heard in steps at their end, from what is expected."""
    some = np.random.default_rng(0).permutation(len(windows))[:MOST_IN_STEPS]
    hop = card.hop_frames
    frames = np.pad(windows[some], ((0, 0), (-card.window % hop, 0), (0, 0)), mode="edge")  # whole hops
    network = StepNetwork(model, Path(STEPS), card.window, hop, len(card.labels), windows[0, 0])
    scores = network.hear([network.memory() for _ in some], frames)
    return float(np.abs(scores[:, -1] - expected[some]).max())
