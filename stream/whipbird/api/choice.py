"""What a caller wants to be reported: labels and species, by the names that the command line also takes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from whipbird.api.model import ModelLike, loaded_models
from whipbird.api.run import logger
from whipbird.engine.report_rules import Place, ReportRules
from whipbird.engine.species_choice import choose_species, names_of
from whipbird.errors import WhipbirdError
from whipbird.models.model import Model
from whipbird.models.names import labels_named
from whipbird.models.range_model import has_range

__all__ = ["Choice", "Names", "choose"]

Names: TypeAlias = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


@dataclass(frozen=True)
class Choice:
    """Models, and what is reported of them.

    Attributes
    ----------
    models : list of Model
    labels : collection of str or None
        Report only these; None reports all.
    rules : list of ReportRules
        One for each model.
    """

    models: list[Model]
    labels: frozenset[str] | None
    rules: list[ReportRules]


def choose(
    model: ModelLike | Sequence[ModelLike],
    label: Names,
    names: str,
    place: tuple[float, float] | None,
    range_threshold: float,
    include: Names,
    exclude: Names,
) -> Choice:
    """Load models and choose what is reported; see `whipbird.detect`.

    Raises
    ------
    WhipbirdError
        If a model cannot be used, a name is not known, or the place is none.
    """
    models = loaded_models(model)
    where = None if place is None else _place(place, range_threshold, models)
    species = choose_species(models, names, where, _texts(include), _texts(exclude), logger.warning)
    known = names_of(models, names)
    labels = frozenset(found for text in _texts(label) for found in labels_named(text, known))
    return Choice(models, labels or None, species.rules(models))


def _texts(names: Names) -> list[str]:
    return [os.fspath(name) for name in ([names] if isinstance(names, str | os.PathLike) else names)]


def _place(place: tuple[float, float], threshold: float, models: Sequence[Model]) -> Place:
    if not any(has_range(model.card) for model in models):
        raise WhipbirdError("place: no chosen model has a range model")
    try:
        latitude, longitude = map(float, place)
    except (TypeError, ValueError):
        latitude = longitude = float("nan")
    found = Place(latitude, longitude, threshold)
    if not found.exists:
        raise WhipbirdError(f"place {place!r}: give latitude and longitude in degrees, such as (47.6, 8.2)")
    if not 0 <= threshold <= 1:
        raise WhipbirdError(f"range_threshold {threshold!r}: give a probability between 0 and 1")
    return found
