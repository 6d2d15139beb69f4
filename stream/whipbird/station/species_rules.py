"""The rules for the events of a station's models, from its settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from whipbird.engine.report_rules import HoldBack, ReportRules
from whipbird.engine.species_choice import choose_species
from whipbird.errors import WhipbirdError
from whipbird.models.model import Model
from whipbird.models.names import LabelNames, labels_named
from whipbird.station.settings.schema import NO_SETTINGS, StationFile, model_name
from whipbird.station.settings.species import HoldBackSettings

__all__ = ["species_rules"]


def species_rules(
    settings: StationFile, models: Iterable[Model], notify: Callable[[str], None] = lambda text: None
) -> Mapping[Model, ReportRules]:
    """The rules of each model.

    Raises
    ------
    WhipbirdError
        If the settings name a language or a species that is not there.
    """
    station, known = settings.station, list(dict.fromkeys(models))
    try:
        common = choose_species(known, station.names, station.place, station.include, station.exclude, notify)
    except WhipbirdError as error:
        raise WhipbirdError(f"[station]: {error}") from error
    found = {}
    for model, rules in zip(known, common.rules(known), strict=True):
        name = model_name(str(model.folder))
        own = settings.models.get(name, NO_SETTINGS)
        try:
            lists = choose_species([model], include=own.include, exclude=own.exclude, notify=notify)
            species = replace(common, include=lists.include or common.include, exclude=lists.exclude or common.exclude)
            hold_back = None if own.hold_back is None else _hold_back(own.hold_back, rules.names)
        except WhipbirdError as error:
            raise WhipbirdError(f"[models.{name}]: {error}") from error
        (found[model],) = species.rules([model], {} if hold_back is None else {model.card.name: hold_back})
    return found


def _hold_back(settings: HoldBackSettings, names: LabelNames) -> HoldBack:
    scores: dict[str, float] = {}
    for text in settings.while_:
        for label in labels_named(
            text, [names], reported=settings.score is None, missing="hold_back: the model has no label"
        ):
            scores[label] = settings.score or names.card.debounce[label].on
    return HoldBack(scores, settings.after)
