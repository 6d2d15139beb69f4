"""Thresholds from verdicts on events: the lowest ones above which a share of the events is right.

A threshold is compared with a score that is smoothed over time, and the score of an event is its highest one without
smoothing. The sound of each judged event is therefore scored again, and its level is the highest threshold at which
the model still reports it. `whipbird.review.precision` estimates how many events with such a level are right.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from whipbird.audio.channels import choose_channel
from whipbird.errors import SourceError
from whipbird.models.card import Card
from whipbird.models.model import Model
from whipbird.review.clip_sound import FindsClips, place_of, read_sound
from whipbird.review.precision import LEAST_JUDGED, Estimate, judged_labels
from whipbird.review.sampling import Candidate
from whipbird_train.evaluate.curves import THRESHOLDS, with_threshold
from whipbird_train.evaluate.intervals import significant
from whipbird_train.evaluate.recorded_scores import RecordedScores, detect, record_sound_scores
from whipbird_train.progress import tracked

__all__ = ["ReviewedLabel", "reviewed_card", "reviewed_labels"]

MARGIN_S = 3.0  # of sound around an event, besides the window of the model


@dataclass(frozen=True)
class ReviewedLabel:
    """A label with the verdicts on its events.

    Attributes
    ----------
    label : str
    judged : int
        Judged events that could be scored again.
    before : Estimate
        For the threshold of the card.
    after : Estimate or None
        For the threshold with the wanted precision; None if there is none.
    """

    label: str
    judged: int
    before: Estimate
    after: Estimate | None

    @property
    def why_not(self) -> str:
        """Why there is no other threshold; empty if there is one."""
        if self.after is not None:
            return ""
        if self.judged < LEAST_JUDGED:
            return f"judge {LEAST_JUDGED - self.judged} more events"
        return "no threshold is so precise"


def reviewed_labels(
    candidates: Sequence[Candidate],
    model: Model,
    right: float,
    clips: FindsClips | None = None,
    notify: Callable[[str], None] = lambda text: None,
) -> list[ReviewedLabel]:
    """The labels of a model on whose events there are verdicts, each with its threshold before and after.

    Parameters
    ----------
    candidates : sequence of Candidate
        All events of the model.
    right : float
        Wanted share of right events.
    clips : FindsClips, optional
        Clips to use where a recording is gone.
    notify : callable
        Gets a line about judged events whose sound is not there.
    """
    card = model.card
    own = [one for one in candidates if one.event.model == card.name and one.event.label in card.debounce]
    drawn = [one for one in own if one.counts]
    levels: dict[int, float] = {}
    missing = []
    for one in tracked(drawn, "judged events"):
        try:
            levels[id(one)] = _level(one, model, clips)
        except SourceError as error:
            missing.append(str(error))
    if missing:
        notify(f"{len(missing)} of {len(drawn)} judged events are left out: {missing[0]}")
    found = []
    for (_, label), judged in judged_labels(own, lambda one: levels.get(id(one))).items():
        if judged.judged:
            on = card.debounce[label].on
            after = judged.for_precision(right)
            if after is not None and after.threshold <= judged.lowest_score:
                # All judged events are right often enough; of those below the threshold of the run, none was reported.
                after = judged.at(min(on, *(one for one in _tried(on) if one > after.threshold)))
            found.append(ReviewedLabel(label, judged.judged, judged.at(on), after))
    return found


def reviewed_card(card: Card, labels: Sequence[ReviewedLabel], right: float) -> Card:
    """A copy of a card with the thresholds after review at the balanced point; the strict point gets no lower ones."""
    chosen = {one.label: one.after.threshold for one in labels if one.after is not None}
    points = {
        name: {
            label: with_threshold(settings, max(settings.on, chosen[label]))
            if name == "strict" and label in chosen
            else settings
            for label, settings in point.items()
        }
        for name, point in card.operating_points.items()
    }
    balanced = {
        label: with_threshold(settings, chosen[label]) if label in chosen else settings
        for label, settings in card.debounce.items()
    }
    reviews = {one.label: _as_object(one.after) for one in labels if one.after is not None}
    results = card.results | {"reviews": {"right": right, "labels": reviews}}
    return card.model_copy(update={"debounce": balanced, "operating_points": points, "results": results})


def _as_object(estimate: Estimate) -> Mapping[str, Any]:
    return {name: significant(value) for name, value in asdict(estimate).items()}


def _level(one: Candidate, model: Model, clips: FindsClips | None) -> float:
    """The highest threshold at which an event is reported; 0 if it is reported at none."""
    card, event = model.card, one.event
    margin_s = MARGIN_S + card.reference_s
    # Windows start where they did in the recording.
    first_s = math.floor(max(0.0, event.begin_s - margin_s) / card.hop_s) * card.hop_s
    clip = read_sound(place_of(one.recording, event, clips), first_s, event.end_s + margin_s, 0.0)
    sound = choose_channel(clip.samples, one.recording.channel)
    scores = record_sound_scores(np.ascontiguousarray(sound), clip.rate_hz, model)
    begin_s, end_s = event.begin_s - clip.begin_s, event.end_s - clip.begin_s
    tried = _tried(card.debounce[event.label].on)
    low, high = 0, len(tried)
    while low < high:
        middle = (low + high) // 2
        if _is_reported(scores, card, event.label, tried[middle], begin_s, end_s):
            low = middle + 1
        else:
            high = middle
    return tried[low - 1] if low else 0.0


def _tried(on: float) -> list[float]:
    """Thresholds that are compared, the lowest first, with that of the card."""
    return sorted({*THRESHOLDS, on})


def _is_reported(scores: RecordedScores, card: Card, label: str, on: float, begin_s: float, end_s: float) -> bool:
    # The other labels stay: relative scores depend on which are reported.
    settings = card.debounce | {label: with_threshold(card.debounce[label], on)}
    events = [one for one in detect(scores, card, settings) if one.label == label]
    return any(one.begin_s < end_s and one.end_s > begin_s for one in events)
