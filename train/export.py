"""Export: from a trained Keras network to a bundle that the runtime loads, checked against Keras on real clips."""

from __future__ import annotations

import contextlib
import hashlib
import io
import shutil
import tempfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from stream.card import Card
from train.model_page import model_page

__all__ = ["convert", "run_tflite", "write_bundle"]

MOST_DIFFERENCE = 1e-4  # between a score of Keras and of the exported float32 model


def convert(network: keras.Model) -> bytes:
    """Convert a network to a float32 TFLite model with a batch of one."""
    single = keras.Input(batch_shape=(1, *network.input_shape[1:]))
    fixed = keras.Model(single, network(single))
    with contextlib.redirect_stdout(io.StringIO()):  # the converter lists every variable
        return bytes(tf.lite.TFLiteConverter.from_keras_model(fixed).convert())


def run_tflite(model: bytes, features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores of a TFLite model for features of shape (n, ...), one at a time: shape (n, labels)."""
    interpreter = Interpreter(model_content=model, num_threads=1)
    interpreter.allocate_tensors()
    inputs, outputs = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    scores = []
    for window in features:
        interpreter.set_tensor(inputs["index"], window.reshape(inputs["shape"]))
        interpreter.invoke()
        scores.append(interpreter.get_tensor(outputs["index"])[0])
    return np.stack(scores)


def write_bundle(
    network: keras.Model,
    card: Card,
    matrices: dict[str, NDArray[np.float32]],
    validation: tuple[NDArray[np.float32], NDArray[np.int64]],
    folder: Path,
) -> Card:
    """Convert, measure on the validation clips, and write the whole bundle.

    Raises
    ------
    RuntimeError
        If the exported model's scores differ from those of Keras.
    """
    features, labels = validation
    model = convert(network)
    scores = run_tflite(model, features)
    expected = network.predict(features, batch_size=256, verbose=0)
    difference = float(np.abs(scores - expected).max())
    if not difference <= MOST_DIFFERENCE:
        raise RuntimeError(f"the exported model's scores differ from those of Keras by {difference:.2g}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    target, folder = folder, Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    (folder / "model.tflite").write_bytes(model)
    if matrices:
        np.savez(folder / "frontend.npz", **matrices)  # type: ignore[arg-type]
    hits = scores.argmax(axis=1) == labels
    recall = {
        label: round(float(hits[labels == number].mean()), 4)
        for number, label in enumerate(card.labels)
        if (labels == number).any()
    }
    files = [path for path in (folder / "model.tflite", folder / "frontend.npz") if path.exists()]
    card = card.model_copy(
        update={
            "results": {
                "parameters": sum(int(np.prod(weight.shape)) for weight in network.trainable_weights),
                "model_bytes": len(model),
                "validation_clips": len(labels),
                "validation_accuracy": round(float(hits.mean()), 4),
                "validation_recall": recall,
                "largest_difference_from_keras": difference,
            },
            "sha256": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
        }
    )
    (folder / "card.json").write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(model_page(card), encoding="utf-8")
    folder.chmod(0o755)
    shutil.rmtree(target, ignore_errors=True)  # the old bundle goes when the new one is whole
    folder.rename(target)
    return card
