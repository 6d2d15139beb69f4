"""Export: from a trained Keras network to a bundle that the runtime loads, checked against Keras on real clips.

Three variants are made: float32, weights of eight bits (``dynamic``), and everything of eight bits (``int8``; the
runtime still gives and takes float32). Each is measured on the same windows, and the best trade ships.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from stream.card import Card
from stream.network import StepNetwork
from train.bundle import new_bundle
from train.figures import confusion_figure, learning_figure, save_figure
from train.judgement import Judgement
from train.model_page import model_page

__all__ = ["EMBEDDINGS", "KERAS", "Variant", "best_trade", "convert", "convert_steps", "measure", "write_bundle"]

Kind = Literal["float32", "dynamic", "int8"]
KINDS: tuple[Kind, ...] = ("float32", "dynamic", "int8")
STEPS = "steps.tflite"  # what runs on streams
KERAS = "network.keras"  # for those who train on from here
EMBEDDINGS = "embeddings.npz"  # for the same: names of recordings, and the network's activations before its last layer

MOST_DIFFERENCE = 1e-4  # between a score of Keras and of the exported float32 model
MOST_LOST = 0.005  # accuracy that a variant of eight bits may lose
WORTH = 0.8  # it ships if it takes so much of float32's time, or less
LARGE = 4_000_000  # bytes, or where float32 is larger than this and the variant half of it
MOST_KEPT = 1_000_000  # bytes of float32, up to which the network in Keras goes along
REPRESENTATIVE = 200  # windows from which int8 takes its ranges


@dataclass(frozen=True)
class Variant:
    """One way to write a network, and what was measured of it.

    Attributes
    ----------
    kind : str
    model : bytes
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


def convert(network: keras.Model, kind: Kind, windows: NDArray[np.float32]) -> bytes:
    """Convert a network to a TFLite model with a batch of one.

    Parameters
    ----------
    windows : array, shape (n, ...)
        Real features, from which int8 takes its ranges.
    """
    single = keras.Input(batch_shape=(1, *network.input_shape[1:]))
    fixed = keras.Model(single, network(single))
    converter = tf.lite.TFLiteConverter.from_keras_model(fixed)
    if kind != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if kind == "int8":
        some = np.random.default_rng(0).permutation(len(windows))[:REPRESENTATIVE]
        converter.representative_dataset = lambda: ([windows[number][None]] for number in some)
    return _quietly(converter)


def convert_steps(network: keras.Model) -> bytes:
    """Convert a network for streams (`train.steps`) to a TFLite model for any number of streams and of frames."""
    return _quietly(tf.lite.TFLiteConverter.from_keras_model(network))


def _difference_in_steps(
    model: bytes, card: Card, windows: NDArray[np.float32], expected: NDArray[np.float32]
) -> float:
    """Largest difference of a score of some windows, heard in steps at their end, from what is expected."""
    some = np.random.default_rng(0).permutation(len(windows))[:REPRESENTATIVE]
    hop = card.hop_frames
    frames = np.pad(windows[some], ((0, 0), (-card.window % hop, 0), (0, 0)), mode="edge")  # whole hops
    network = StepNetwork(model, Path(STEPS), card.window, hop, len(card.labels), windows[0, 0])
    scores = network.hear([network.memory() for _ in some], frames)
    return float(np.abs(scores[:, -1] - expected[some]).max())


def _quietly(converter: tf.lite.TFLiteConverter) -> bytes:
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():  # the converter lists every variable
        warnings.simplefilter("ignore", UserWarning)
        return bytes(converter.convert())


def measure(kind: Kind, model: bytes, windows: NDArray[np.float32], expected: NDArray[np.float32],
            truth: NDArray[np.int64]) -> Variant:  # fmt: skip
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


def best_trade(variants: list[Variant]) -> Variant:
    """The variant that ships: the fastest of those that lose little; float32, the first, unless another pays."""
    plain = variants[0]
    paying = [
        variant
        for variant in variants[1:]
        if variant.accuracy >= plain.accuracy - MOST_LOST
        and (
            variant.window_us <= WORTH * plain.window_us
            or (len(plain.model) > LARGE and len(variant.model) <= len(plain.model) / 2)
        )
    ]
    return min(paying, key=lambda variant: variant.window_us, default=plain)


def write_bundle(
    network: keras.Model,
    card: Card,
    matrices: dict[str, NDArray[np.float32]],
    windows: NDArray[np.float32],
    truth: NDArray[np.int64],
    judgement: Judgement,
    history: Path,
    folder: Path,
    embeddings: dict[str, NDArray] | None = None,
    steps: keras.Model | None = None,
) -> Card:
    """Convert, measure, choose, and write the whole bundle.

    Parameters
    ----------
    windows : array, shape (n, ...)
        Features of real clips, on which the variants are compared.
    truth : array of int, shape (n,)
        Their labels.
    judgement : Judgement
    history : Path
        Of the training, for the pictures on the model's page.
    embeddings : dict of arrays, optional
        What the network makes of recordings, for those who train on from it.
    steps : keras.Model, optional
        The same network for streams. Then both ship in float32, and score the same.

    Raises
    ------
    RuntimeError
        If the scores of the float32 model, or those of the network for streams, differ from those of Keras.
    """
    expected = network.predict(windows, batch_size=64, verbose=0)
    variants = [measure(kind, convert(network, kind, windows), windows, expected, truth) for kind in KINDS]
    if not variants[0].difference <= MOST_DIFFERENCE:
        raise RuntimeError(f"the exported model's scores differ from those of Keras by {variants[0].difference:.2g}")
    shipped = best_trade(variants) if steps is None else variants[0]
    streaming = None if steps is None else convert_steps(steps)
    if streaming is not None:
        difference = _difference_in_steps(streaming, card, windows, expected)
        if not difference <= MOST_DIFFERENCE:
            raise RuntimeError(f"in steps, the network's scores differ from those of Keras by {difference:.2g}")
    exported = {
        "parameters": sum(int(np.prod(weight.shape)) for weight in network.trainable_weights),
        "model_bytes": len(shipped.model),
        "exported": shipped.kind,
        "variants": {variant.kind: variant.as_dict() for variant in variants},
    }
    with new_bundle(folder) as made:
        (made / "model.tflite").write_bytes(shipped.model)
        if streaming is not None:
            (made / STEPS).write_bytes(streaming)
        if len(variants[0].model) <= MOST_KEPT:
            network.save(made / KERAS)
        if embeddings:
            np.savez_compressed(made / EMBEDDINGS, **embeddings)  # type: ignore[arg-type]
        if matrices:
            np.savez(made / "frontend.npz", **matrices)  # type: ignore[arg-type]
        save_figure(confusion_figure(judgement), made / "confusion.png")
        if history.exists():
            save_figure(learning_figure(history), made / "learning.png")
        hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(made.iterdir())}
        card = card.model_copy(update={"results": {**exported, **card.results}, "sha256": hashes})
        (made / "card.json").write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")
        (made / "README.md").write_text(model_page(card, judgement), encoding="utf-8")
    return card
