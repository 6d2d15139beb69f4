"""Cache of models, which are loaded once and used by many sources."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

from whipbird.errors import BundleError
from whipbird.events.thresholds import NO_THRESHOLDS, Thresholds
from whipbird.models.bundle import CARD, LARGEST_CARD, locate
from whipbird.models.card import BALANCED
from whipbird.models.model import Model
from whipbird.models.settings import AS_CARD, ModelSettings
from whipbird.system.regular_file import read_bounded

__all__ = ["distinct", "shared_model"]


MOST = 64  # models that are kept; sources keep those that they use in any case

_shared: dict[tuple[Path, str, Thresholds, ModelSettings], tuple[bytes, Model]] = {}  # cards, models; latest last


def shared_model(
    name: str,
    sensitivity: str = BALANCED,
    thresholds: Thresholds = NO_THRESHOLDS,
    settings: ModelSettings = AS_CARD,
) -> Model:
    """A model that this process loads once, and loads again if its card has changed; see `Model`.

    Only sources that share a model are scored together. A model whose card has changed is not kept beside the new one.
    """
    folder = locate(name)
    with contextlib.suppress(OSError):
        key = (folder.resolve(), sensitivity, thresholds, settings)
        card = read_bounded(folder / CARD, LARGEST_CARD)
        kept, model = _shared.pop(key, (b"", None))
        if model is None or kept != card:
            model = Model(name, sensitivity, thresholds, settings)
        _shared[key] = card, model
        while len(_shared) > MOST:
            del _shared[next(iter(_shared))]
        return model
    return Model(name, sensitivity, thresholds, settings)  # raises the error about its card


def distinct(models: Iterable[Model]) -> list[Model]:
    """The models, each once.

    Raises
    ------
    BundleError
        If two different models have the same name.
    """
    found: dict[str, Model] = {}
    for model in models:
        other = found.setdefault(model.card.name, model)
        if other is not model:
            raise BundleError(
                f"{model.folder} and {other.folder} are both named {model.card.name!r}, "
                "so their events could not be distinguished; use only one of them"
            )
    return list(found.values())
