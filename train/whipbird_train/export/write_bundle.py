"""Write a bundle that the runtime loads from a trained Keras network, checked against Keras on real clips.

Two variants are made: float32, and eight-bit weights (``dynamic``). Both are measured on the same windows. Accuracy and
size decide which one ships, but not speed, which depends on the load of the machine.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from whipbird.arrays import Floats, Integers
from whipbird.models.bundle import MATRICES
from whipbird.models.card import Card
from whipbird.models.networks.streaming import StreamingNetwork
from whipbird.models.networks.windowed import WindowedNetwork
from whipbird_train.export.bundle_folder import sealed
from whipbird_train.export.convert import KINDS, best_trade, convert, convert_steps, difference_in_steps, measure

__all__ = ["EMBEDDINGS", "KERAS", "write_bundle"]

KERAS = "network.keras"  # for further training
# For further training: names of recordings, the network's activations before its last layer in eight bits, and the size
# of their steps.
EMBEDDINGS = "embeddings.npz"

MOST_DIFFERENCE = 1e-4  # between a score of Keras and of the exported float32 model
MOST_KEPT = 1_000_000  # bytes of float32 up to which the bundle also contains the Keras network


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
    eight_bit: bool = True,
) -> Card:
    """Convert a network, choose a variant, write all of a bundle but its page into a folder, and return the card.

    Parameters
    ----------
    card : Card
        Card without the results of the export and without hashes.
    steps : keras.Model or None
        The same network in steps, for streams. Then both ship as float32, so that their scores are equal.
    matrices : mapping
        Matrices of the front end.
    windows : array, shape (n, ...)
        Features of real clips, on which the variants are compared.
    truth : array of int, shape (n,)
        Their labels.
    arrays : mapping of str to mapping
        Arrays of further ``.npz`` files, for further training.
    pictures : iterable of Path
        Pictures of the page, which are copied.
    eight_bit : bool
        Whether eight-bit weights may ship.

    Raises
    ------
    RuntimeError
        If the scores of the float32 model, or of the network in steps, differ from those of Keras.
    """
    expected = network.predict(windows, batch_size=64, verbose=0)
    variants = [measure(kind, convert(network, kind), windows, expected, truth) for kind in KINDS]
    plain = variants[0]
    _check_difference("the exported network", plain.difference)
    shipped = best_trade(plain, variants[-1]) if eight_bit and steps is None else plain
    (folder / WindowedNetwork.FILE).write_bytes(shipped.model)
    if steps is not None:
        streaming = convert_steps(steps)
        _check_difference("the network in steps", difference_in_steps(streaming, card, windows, expected))
        (folder / StreamingNetwork.FILE).write_bytes(streaming)
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
    return sealed(folder, card, exported)


def _check_difference(what: str, difference: float) -> None:
    if not difference <= MOST_DIFFERENCE:
        raise RuntimeError(f"scores of {what} differ from those of Keras by {difference:.2g}")
