"""Cache of models, which are loaded once and used by many sources."""

from __future__ import annotations

import contextlib
from pathlib import Path

from whipbird.models.bundle import CARD, LARGEST_CARD, locate
from whipbird.models.card import BALANCED
from whipbird.models.model import Model
from whipbird.system.regular_file import read_up_to

__all__ = ["shared_model"]


MOST = 64  # models that are kept; sources keep those that they use in any case

_shared: dict[tuple[Path, str], tuple[bytes, Model]] = {}  # cards and models by folder and sensitivity, latest last


def shared_model(name: str, sensitivity: str = BALANCED) -> Model:
    """A model that this process loads once, and loads again if its card has changed; see `Model`.

    Only sources that share a model are scored together. A model whose card has changed is not kept beside the new one.
    """
    folder = locate(name)
    with contextlib.suppress(OSError):
        key, card = (folder.resolve(), sensitivity), read_up_to(folder / CARD, LARGEST_CARD)
        kept, model = _shared.pop(key, (b"", None))
        if model is None or kept != card:
            model = Model(name, sensitivity)
        _shared[key] = card, model
        if len(_shared) > MOST:
            del _shared[next(iter(_shared))]
        return model
    return Model(name, sensitivity)  # raises the error about its card
