"""Cache of models, which are loaded once and used by many sources."""

from __future__ import annotations

import contextlib
from pathlib import Path

from whipbird.events.thresholds import NO_THRESHOLDS, Thresholds
from whipbird.models.bundle import CARD, LARGEST_CARD, locate
from whipbird.models.card import BALANCED
from whipbird.models.model import Model
from whipbird.system.regular_file import read_bounded

__all__ = ["shared_model"]


_shared: dict[tuple[Path, str, Thresholds, bytes], Model] = {}  # by folder, settings and card


def shared_model(name: str, sensitivity: str = BALANCED, thresholds: Thresholds = NO_THRESHOLDS) -> Model:
    """A model that this process loads once, and loads again if its card has changed; see `Model`.

    Only sources that share a model are scored together.
    """
    folder = locate(name)
    with contextlib.suppress(OSError):
        key = folder.resolve(), sensitivity, thresholds, read_bounded(folder / CARD, LARGEST_CARD)
        if key not in _shared:
            _shared[key] = Model(name, sensitivity, thresholds)
        return _shared[key]
    return Model(name, sensitivity, thresholds)  # raises the error about its card
