"""Fingerprint of the models and settings that a recording is processed with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from whipbird.engine.report_rules import ReportRules
from whipbird.models.model import Model

__all__ = ["listening_fingerprint"]


# Fields of a card that do not change what is detected.
DESCRIPTIVE = {"description", "species", "training", "licence", "limits", "results", "operating_points"}


def listening_fingerprint(
    models: Sequence[Model], channel: int | None, labels: frozenset[str] | None, rules: Sequence[ReportRules] = ()
) -> str:
    """Hash models with their settings: equal if they detect the same, also for later versions of the card format."""
    cards = sorted(model.card.model_dump_json(exclude=DESCRIPTIVE, exclude_defaults=True) for model in models)
    settings: list[object] = [cards, channel, None if labels is None else sorted(labels)]
    left_out = [own.as_object() for own in rules]
    if any(left_out):
        settings.append(left_out)
    return hashlib.sha256(json.dumps(settings).encode()).hexdigest()
