"""Miss rate against false alarms per hour over all thresholds, from scores stored in a single pass."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from whipbird.arrays import Integers
from whipbird.events.settings import DebounceSettings
from whipbird.models.card import Card
from whipbird_train.evaluate.matching import Matching, match
from whipbird_train.evaluate.recorded_scores import Annotated, detect, hours_of, relevant_labels
from whipbird_train.progress import tracked

__all__ = ["THRESHOLDS", "Curves", "Outcomes", "outcomes", "sweep", "with_threshold"]

LOG_ODDS = np.arange(-2.2, 7.0, 0.2)
THRESHOLDS: tuple[float, ...] = tuple(np.round(1 / (1 + np.exp(-LOG_ODDS)), 4).tolist())  # 0.1 to 0.9989


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Counts for each label.

    Attributes
    ----------
    annotations, hits, false : arrays of int, shape (labels,)
    """

    annotations: Integers
    hits: Integers
    false: Integers


def outcomes(
    annotated: Annotated, card: Card, settings: Mapping[str, DebounceSettings], matching: Matching
) -> Outcomes:
    """Debounce stored scores and count the outcomes; the labels are those of the settings, in their order."""
    column = {label: number for number, label in enumerate(settings)}
    counts = np.zeros((3, len(column)), np.int64)
    for recorded, truth in annotated:
        events = detect(recorded, card, settings)
        matched = match(truth, events, matching)
        for _, other in matched.pairs:
            counts[:2, column[events[other].label]] += 1
        for missed in matched.missed:
            if truth[missed].label in column:
                counts[0, column[truth[missed].label]] += 1
        for false in matched.false:
            counts[2, column[events[false].label]] += 1
    return Outcomes(counts[0], counts[1], counts[2])


def with_threshold(settings: DebounceSettings, on: float) -> DebounceSettings:
    """The same settings with another threshold; the lower threshold keeps its ratio to it."""
    off = on * settings.off / settings.on
    rounded = round(off, 4)
    return settings.model_copy(update={"on": on, "off": rounded if 0 < rounded < on else off})


@dataclass(frozen=True, eq=False)
class Curves:
    """Misses and false alarms at each threshold.

    Attributes
    ----------
    thresholds : tuple of float
        Each applies to all labels; the other settings are the card's.
    hours : float
        Length of the recordings.
    annotations : array of int, shape (labels,)
    hits, false : arrays of int, shape (thresholds, labels)
    """

    labels: tuple[str, ...]
    thresholds: tuple[float, ...]
    hours: float
    annotations: Integers
    hits: Integers
    false: Integers

    def points(self, label: str | None = None) -> list[dict[str, float | None]]:
        """Threshold, miss rate and false alarms per hour of a label, or of all labels together."""
        chosen = slice(None) if label is None else [self.labels.index(label)]
        annotations = int(self.annotations[chosen].sum())
        return [
            {
                "threshold": threshold,
                "miss_rate": round(1 - int(hits[chosen].sum()) / annotations, 5) if annotations else None,
                "false_alarms_per_hour": round(int(false[chosen].sum()) / self.hours, 4) if self.hours else None,
            }
            for threshold, hits, false in zip(self.thresholds, self.hits, self.false, strict=True)
        ]

    def as_dict(self) -> dict[str, Any]:
        """Points of all labels together and of each label, ready for JSON."""
        return {"all": self.points(), "labels": {label: self.points(label) for label in self.labels}}

    def as_csv(self) -> str:
        """CSV with a row for each label and threshold; ``all`` is all labels together."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("label", "threshold", "miss_rate", "false_alarms_per_hour"))
        for label in (None, *self.labels):
            for point in self.points(label):
                writer.writerow((label or "all", *point.values()))
        return text.getvalue()


def sweep(annotated: Annotated, card: Card, matching: Matching, thresholds: Sequence[float] = THRESHOLDS) -> Curves:
    """Try every threshold on stored scores, for the labels that count: see `relevant_labels`."""
    settings = {label: card.debounce[label] for label in relevant_labels(annotated, card)}
    found = [
        outcomes(annotated, card, {label: with_threshold(s, on) for label, s in settings.items()}, matching)
        for on in tracked(thresholds, "thresholds")
    ]
    return Curves(
        tuple(settings),
        tuple(thresholds),
        hours_of(annotated),
        found[0].annotations,
        np.stack([outcome.hits for outcome in found]),
        np.stack([outcome.false for outcome in found]),
    )
