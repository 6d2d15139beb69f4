"""Streams of Capuchinbird calls over other sounds of the forest, and those sounds alone."""

from __future__ import annotations

import numpy as np

from whipbird.models.model import Model
from whipbird_train.datasets.capuchinbird import CAPUCHINBIRD, LABELS
from whipbird_train.evaluate.matching import Matching
from whipbird_train.evaluate.recorded_scores import Annotated, record_sound_scores
from whipbird_train.examples.labelled_sounds import Sounds
from whipbird_train.soundscapes.clip_order import Sound
from whipbird_train.soundscapes.mix import MixSettings, build

__all__ = ["MATCHING", "call_stream", "other_sounds"]

GAP_S = (2.0, 12.0)
MATCHING = Matching(2.0, "middle")  # clips were cut anywhere, some in the middle of a call


def call_stream(sounds: Sounds, snr_db: float | None, model: Model, seed: int) -> Annotated:
    """All calls once, over the other sounds at a signal-to-noise ratio or in quiet, scored by a model."""
    calls = [
        Sound(wave, CAPUCHINBIRD, group)
        for wave, label, group in zip(sounds.waves, sounds.labels, sounds.groups, strict=True)
        if LABELS[label] == CAPUCHINBIRD
    ]
    settings = MixSettings(model.card.sample_rate_hz, GAP_S, snr_db=None if snr_db is None else (snr_db, snr_db))
    stream, truth = build(calls, _others(sounds), settings, seed)
    return [(record_sound_scores(stream, model.card.sample_rate_hz, model), truth)]


def other_sounds(sounds: Sounds, model: Model) -> Annotated:
    """All sounds that are not calls, one after the other, scored by a model."""
    return [(record_sound_scores(np.concatenate(_others(sounds)), model.card.sample_rate_hz, model), [])]


def _others(sounds: Sounds) -> list[np.ndarray]:
    return [wave for wave, label in zip(sounds.waves, sounds.labels, strict=True) if LABELS[label] != CAPUCHINBIRD]
