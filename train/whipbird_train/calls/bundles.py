"""Bundles of detectors of calls: their cards, and their files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from whipbird.arrays import Floats
from whipbird.events.settings import DebounceSettings
from whipbird.models.bundle import MATRICES, locate
from whipbird.models.card import Base, Card, TrainingData
from whipbird.models.networks.windowed import WindowedNetwork
from whipbird_train.calls.plan import Plan
from whipbird_train.export.bundle_folder import sealed

__all__ = ["BACKGROUND", "based_on", "card_of", "written"]

BACKGROUND = "_background_"  # label that is never reported
VERSION = "1"
SMOOTH = 2  # hops, as many as measured best
SHORTEST = 0.25  # of an event, times the length of a call
LIMITS = (
    "Trained on few clips: it knows the places and days that they are from. Listen to what it finds elsewhere, and "
    "train it again with what was wrong as background."
)


def card_of(
    name: str, labels: Sequence[str], plan: Plan, training: Sequence[TrainingData], licence: str, **network: Any
) -> Card:
    """A card, without thresholds of its own and without results."""
    hop_s = network["hop_s"]
    settings = DebounceSettings(
        smooth_s=round(SMOOTH * hop_s, 3),
        on=0.6,
        off=0.4,
        release_s=round(2 * hop_s, 3),
        min_s=round(SHORTEST * plan.length_s, 3),
        refractory_s=0.0,
    )
    kinds = [label for label in labels if label != BACKGROUND]
    return Card(
        name=name,
        version=VERSION,
        description=f"Calls of {len(kinds)} kinds: {', '.join(kinds)}." if len(kinds) > 1 else f"Calls: {kinds[0]}.",
        labels=list(labels),
        report="end",
        debounce=dict.fromkeys(kinds, settings),
        training=list(training),
        licence=licence,
        limits=LIMITS,
        results={},
        sha256={},
        **network,
    )


def based_on(base: Card) -> tuple[Base, str]:
    """What the card of layers on the network of an installed model says of it, and the licence of such layers."""
    network = hashlib.sha256((locate(base.name) / WindowedNetwork.FILE).read_bytes()).hexdigest()
    licence = f"{base.licence}, that of {base.name}, on whose network it is based; and that of your recordings"
    return Base(model=base.name, sha256=network), licence


def written(
    folder: Path, card: Card, parts: Mapping[str, bytes], matrices: Mapping[str, Floats], parameters: int
) -> Card:
    """Write a bundle into a folder, and return its card with the hashes of its files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in parts.items():
        (folder / name).write_bytes(content)
    if matrices:
        np.savez(folder / MATRICES, **matrices)  # type: ignore[arg-type]
    size = sum(len(content) for content in parts.values())
    return sealed(folder, card, {"parameters": parameters, "model_bytes": size})
