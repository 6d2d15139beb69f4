"""Recordings with known scores, and a card for them."""

import numpy as np

from whipbird.events.settings import DebounceSettings
from whipbird.formats.annotation import Annotation
from whipbird.models.card import Card
from whipbird.models.frontends.raw import RawSettings
from whipbird_train.evaluate.recorded_scores import RecordedScores, ScoredSegment

LABELS = ("_silence_", "yes", "no")
HOP_S = REFERENCE_S = 0.05
BUMP_S = 0.5  # how long a score stays high
QUICK = DebounceSettings(smooth_s=0, on=0.6, off=0.4)


def make_card(settings=QUICK, **differing):
    """The card of a model that reports "yes" and "no"."""
    fields = {
        "name": "made",
        "version": "0.0.1",
        "description": "Made scores.",
        "labels": list(LABELS),
        "sample_rate_hz": 8_000,
        "window": 800,
        "hop_s": HOP_S,
        "reference_s": REFERENCE_S,
        "report": "begin",
        "frontend": RawSettings(),
        "debounce": dict.fromkeys(LABELS[1:], settings),
        "training": [],
        "licence": "none",
        "limits": "A test.",
        "results": {},
        "sha256": {},
    }
    return Card(**(fields | differing))


def recorded(*bumps, seconds=3600.0, name="made.wav"):
    """A recording whose scores are 0 except for bumps (start, height, label), with the length given."""
    steps = round((max([start for start, _, _ in bumps], default=0) + 2) / HOP_S)
    until_s = HOP_S * np.arange(1, steps + 1) - REFERENCE_S
    scores = np.zeros((steps, len(LABELS)), np.float32)
    for start, height, label in bumps:
        middle_s = until_s - HOP_S / 2
        scores[(middle_s > start) & (middle_s < start + BUMP_S), LABELS.index(label)] = height
    segment = ScoredSegment(-REFERENCE_S, until_s, until_s + REFERENCE_S, scores, np.zeros(len(scores), bool))
    return RecordedScores(name, seconds, (), (segment,))


def truth(*sounds):
    """Annotations of bumps given as (start, label)."""
    return [Annotation(start, start + BUMP_S, label) for start, label in sounds]
