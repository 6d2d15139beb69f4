"""Train a second network onto a bundle whose network hears words, and put it in.

A training lives in a folder: ``epochs/`` (what the first network heard, and the embeddings of that), ``decider/`` and
``whole/`` (see `whipbird_train.fitting.fit`). An interrupted one is resumed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras

from whipbird.arrays import Floats
from whipbird.models.bundle import read_card
from whipbird.models.card import Card, Second, TrainingData
from whipbird.models.model import Model
from whipbird.models.networks.asking import AskingNetwork
from whipbird_train.export.bundle_folder import write_card
from whipbird_train.export.convert import convert
from whipbird_train.fitting.batches import Batches
from whipbird_train.fitting.epoch_cache import EmbeddedEpochs, Epochs
from whipbird_train.fitting.fit import FitSettings, fit
from whipbird_train.frontend_matrices import build_frontend
from whipbird_train.networks.assembly import joined
from whipbird_train.networks.second import band_weights, decider, second_body
from whipbird_train.networks.speech_embedding import SETTINGS
from whipbird_train.second.heard_epochs import HeardEpochs
from whipbird_train.streams.scene_features import SceneFeatures

__all__ = ["SecondSettings", "add_second"]

FEATURES = "features"


@dataclass(frozen=True)
class SecondSettings:
    """Settings of a second network and its training.

    Attributes
    ----------
    second : Second
        For the card.
    hears_from : float
        As `Second.ask_from`, for the windows that are learned from.
    epochs, windows : int
        Number of `HeardEpochs`, and windows in each.
    head, whole : FitSettings
        First the head is trained, on embeddings as they are; then all that can be trained of both.
    """

    second: Second
    hears_from: float
    epochs: int
    windows: int
    head: FitSettings
    whole: FitSettings


def add_second(
    bundle: Path,
    scenes: Sequence[SceneFeatures],
    recordings: Sequence[Floats],
    training: list[TrainingData],
    settings: SecondSettings,
    run: Path,
    seed: int,
) -> Card:
    """Train a second network, write it into a bundle, in place of one that may be there, and return the new card.

    Parameters
    ----------
    recordings : sequence of arrays, shape (samples,)
        Some speech, by which the bands of the first network are turned into those of the embedding.
    training : list of TrainingData
        Entries of the card for the scenes.
    run : Path
        Folder of the training.
    """
    write_card(bundle, read_card(bundle).model_copy(update={"second": None}))
    model = Model(str(bundle))
    card, frames = model.card, settings.second.window
    keras.utils.set_random_seed(seed)
    weights = band_weights(recordings, model.frontend(), build_frontend(SETTINGS, card.sample_rate_hz))
    body = second_body(frames, weights)
    heard = HeardEpochs(
        run / "epochs", scenes, model, settings.epochs, settings.windows, frames, settings.hears_from, seed
    )
    embedded = EmbeddedEpochs(heard, body)
    head = decider(body.output_shape[1], len(card.labels))
    _fit(head, embedded, settings.head, seed, run / "decider")
    whole = joined(body, head)
    _fit(whole, heard, settings.whole, seed, run / "whole")
    content = convert(whole, "dynamic")  # a third of the time, a quarter of the bytes
    (bundle / AskingNetwork.FILE).write_bytes(content)
    results = card.results | {
        "second": {"parameters": whole.count_params(), "model_bytes": len(content), "epochs": settings.whole.epochs}
    }
    card = card.model_copy(
        update={
            "second": settings.second,
            "results": results,
            "training": _united(card.training, training),
            "sha256": card.sha256 | {AskingNetwork.FILE: hashlib.sha256(content).hexdigest()},
        }
    )
    write_card(bundle, card)
    return card


def _fit(network: keras.Model, epochs: Epochs, settings: FitSettings, seed: int, folder: Path) -> None:
    batches = Batches(epochs, FEATURES, network.output_shape[-1], settings.batch, settings.variation, seed)
    fit(network, batches, None, settings, folder, f"second network, {folder.name}")


def _united(first: Sequence[TrainingData], second: Sequence[TrainingData]) -> list[TrainingData]:
    """What either network learned from; of what both did, the entry with more recordings."""
    found: dict[tuple[str, str], TrainingData] = {}
    for one in (*first, *second):
        key = one.name, one.source
        if key not in found or one.recordings > found[key].recordings:
            found[key] = one
    return list(found.values())
