"""Sound with known events and times: recordings of a forest and minutes of spoken commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.common import COMMANDS, data_folder, spoken
from whipbird.arrays import Floats
from whipbird.formats.annotation import Annotation
from whipbird.models.model import Model
from whipbird_train.datasets.clips import load_clip
from whipbird_train.evaluate.matching import DetectedEvent
from whipbird_train.evaluate.recorded_scores import record_scores
from whipbird_train.soundscapes.forest import forest_recordings

__all__ = ["Part", "forest_parts", "heard_in", "joined", "spoken_minute"]

MINUTE_S = 60.0


@dataclass(frozen=True)
class Part:
    """A segment of sound, shape (n,), with its events."""

    sound: Floats
    annotations: list[Annotation]


def forest_parts(rate_hz: int) -> list[Part]:
    """The recordings of three minutes in which every Capuchinbird call is annotated.

    Raises
    ------
    Unavailable
    """
    recordings = forest_recordings(data_folder("capuchinbird").parent)
    return [Part(load_clip(path, rate_hz), calls) for path, calls in recordings]


def spoken_minute(rate_hz: int) -> Part:
    """A minute of the ten commands, a word every one and a half seconds, see `spoken`.

    Raises
    ------
    Unavailable
    """
    sound, said = spoken(COMMANDS, MINUTE_S, rate_hz)
    return Part(sound, [Annotation(one.begin_s, one.end_s, one.word) for one in said])


def joined(parts: Sequence[Part], rate_hz: int, seconds: float) -> Part:
    """Join parts one after the other, repeatedly, until the given duration is reached."""
    samples = round(seconds * rate_hz)
    sounds: list[Floats] = []
    annotations: list[Annotation] = []
    length = 0
    while length < samples:
        part = parts[len(sounds) % len(parts)]
        begin_s = length / rate_hz
        annotations += [
            replace(one, begin_s=one.begin_s + begin_s, end_s=one.end_s + begin_s) for one in part.annotations
        ]
        sounds.append(part.sound)
        length += len(part.sound)
    return Part(np.concatenate(sounds)[:samples], [one for one in annotations if one.end_s <= seconds])


def heard_in(path: Path, models: Sequence[Model]) -> list[DetectedEvent]:
    """All events of a recording that is replayed, sorted."""
    return sorted(event for model in models for event in record_scores(path, model).events)
