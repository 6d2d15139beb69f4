"""Conversion of Keras networks to TFLite, and the choice among the variants."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from whipbird.arrays import Floats, Integers
from whipbird.models.card import Card
from whipbird.models.networks.base import NetworkFile
from whipbird.models.networks.streaming import StreamingNetwork

__all__ = ["KINDS", "Variant", "best_trade", "convert", "convert_steps", "difference_in_steps", "measure"]

Kind = Literal["float32", "dynamic"]
KINDS: tuple[Kind, ...] = ("float32", "dynamic")

MOST_LOST = 0.005  # accuracy that the eight-bit variant may lose
WORTH = 0.4  # the eight-bit variant ships if it has up to this share of float32's bytes
MOST_IN_STEPS = 200  # windows on which the network in steps is compared with Keras


@dataclass(frozen=True)
class Variant:
    """One form of an exported network, and its measurements.

    Attributes
    ----------
    accuracy : float
        Share of the windows with the right label.
    difference : float
        Largest difference of a score from that of Keras.
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
    return _converted(network, 1, kind)


def convert_steps(network: keras.Model) -> bytes:
    """Convert a streaming network to a TFLite model for any number of streams and frames."""
    return _converted(network, None, "float32")


def _converted(network: keras.Model, batch: int | None, kind: Kind) -> bytes:
    """Convert a network whose weights are made constants first: from Keras, TensorFlow traces it several times."""
    tensors = [tf.TensorSpec((batch, *one.shape[1:]), one.dtype, name=one.name) for one in network.inputs]
    given = tensors if len(tensors) > 1 else tensors[0]
    traced = tf.function(lambda tensors: network(tensors, training=False), autograph=False).get_concrete_function(given)
    constant = convert_variables_to_constants_v2(traced)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([constant], tf.Module())
    if kind == "dynamic":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    return bytes(converter.convert())


def measure(kind: Kind, model: bytes, windows: Floats, expected: Floats, truth: Integers) -> Variant:
    """Run a TFLite model on windows, one at a time, and compare its scores with those of Keras, shape (n, labels)."""
    interpreter = Interpreter(model_content=model, num_threads=1)
    interpreter.allocate_tensors()
    inputs, outputs = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    scores, times = [], []
    for window in windows:
        started = time.perf_counter()
        interpreter.set_tensor(inputs["index"], window.reshape(inputs["shape"]))
        interpreter.invoke()
        scores.append(interpreter.get_tensor(outputs["index"]).reshape(-1))
        times.append(time.perf_counter() - started)
    found = np.stack(scores)
    return Variant(
        kind,
        model,
        float((found.argmax(axis=1) == truth).mean()),
        float(np.abs(found - expected).max()),
        float(np.median(times)) * 1e6,
    )


def difference_in_steps(model: bytes, card: Card, windows: Floats, expected: Floats) -> float:
    """Run a network in steps over some windows; return the largest difference of a last score from the expected one."""
    some = np.random.default_rng(0).permutation(len(windows))[:MOST_IN_STEPS]
    hop = card.hop_frames
    frames = np.pad(windows[some], ((0, 0), (-card.window % hop, 0), (0, 0)), mode="edge")  # whole hops
    path = Path(StreamingNetwork.FILE)
    network = StreamingNetwork(NetworkFile(model, path, card.window, hop, len(card.labels), windows[0, 0]))
    scores = network.score([network.new_state() for _ in some], frames)
    return float(np.abs(scores[:, -1] - expected[some]).max())


def best_trade(plain: Variant, small: Variant) -> Variant:
    """The variant that ships: float32, unless the eight-bit one loses little accuracy and is much smaller."""
    lost = plain.accuracy - small.accuracy
    return small if lost <= MOST_LOST and len(small.model) <= WORTH * len(plain.model) else plain
