"""Thresholds of phrases for a rate of false alarms, and what to expect, by sound that was not trained on.

The phrases are said by synthetic voices that say nothing in training, in quiet and in noise. What must not set the
model off is speech of readers of books that were never trained on, and of people who order coffee, where they are at
hand; sentences of other synthetic voices; and noises. False alarms among readers are those of each reader, with
thresholds chosen on all others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from whipbird.arrays import Floats
from whipbird.formats.annotation import Annotation
from whipbird.models.card import Card
from whipbird.models.model import Model
from whipbird_train.datasets import esc10, running_speech
from whipbird_train.datasets.clips import read_recordings
from whipbird_train.datasets.running_speech import read_spoken
from whipbird_train.evaluate.calibration import Counts, as_card, attainable, count
from whipbird_train.evaluate.left_out import calibrated_among
from whipbird_train.evaluate.matching import Matching
from whipbird_train.evaluate.recorded_scores import Annotated, RecordedScores, record_sound_scores
from whipbird_train.examples.synthetic_noise import make_noises
from whipbird_train.progress import tracked
from whipbird_train.soundscapes.clip_order import Sound
from whipbird_train.soundscapes.mix import MixSettings, build
from whipbird_train.soundscapes.strangers import joined, readers_speech

__all__ = ["PHRASES", "judged", "phrase_stream"]

RATE_HZ = 16_000
PHRASES = Matching(0.5, "overlap")  # scores say when a phrase has been said, not when it began
SNR_DB = (None, 20.0, 10.0)
GAP_S = (2.0, 3.0)
NOISES, NOISE_S = 40, 10
# The scores of a phrase fall more steeply than those of commands: smoothed as widely, false alarms count several times.
KERNEL = 0.2
READER_S = 600.0  # of each reader
SEED = 4


def judged(
    card: Card, model: Model, said: Mapping[str, Sequence[Floats]], others: Sequence[Floats], data: Path, target: float
) -> Card:
    """The card with thresholds for a number of false alarms per hour, and with what to expect.

    Parameters
    ----------
    said : mapping of str to sequence of arrays, shape (samples,)
        Clips of each phrase.
    others : sequence of arrays, shape (samples,)
        Sentences of synthetic voices.
    """
    noises = esc10.esc10_sounds(data / esc10.NAME, "test", RATE_HZ)
    noises += make_noises(NOISES, NOISE_S * RATE_HZ, RATE_HZ, np.random.default_rng(SEED))
    streams: Annotated = [phrase_stream(said, noises, snr_db, model) for snr_db in SNR_DB]
    orders = [one.path for one in read_spoken(data / running_speech.NAME) if one.split == "validation"]
    background = [
        joined((sound, ()) for sound in sounds)[0]
        for sounds in (noises, others, read_recordings(orders, RATE_HZ))
        if sounds
    ]
    streams += [(record_sound_scores(sound, RATE_HZ, model), []) for sound in tracked(background, "background")]
    labels = {phrase.lower(): phrase for phrase in said}
    readers = readers_speech(data, model, labels=labels, most_s=READER_S)
    rest = _count(streams, card)
    persons = [_count(own, card) for own in readers.values()]
    hours = rest.hours + sum(own.hours for own in persons)
    return calibrated_among(card, persons, rest, attainable(target, hours))


def phrase_stream(
    said: Mapping[str, Sequence[Floats]], noises: Sequence[Floats], snr_db: float | None, model: Model
) -> tuple[RecordedScores, list[Annotation]]:
    """All clips of the phrases, in quiet or in noise, scored, with their times."""
    words = [Sound(samples, label) for label, clips in said.items() for samples in clips]
    settings = MixSettings(RATE_HZ, gap_s=GAP_S, snr_db=None if snr_db is None else (snr_db, snr_db))
    stream, truth = build(words, noises, settings, SEED)
    return record_sound_scores(stream, RATE_HZ, model), truth


def _count(annotated: Annotated, card: Card) -> Counts:
    return count(annotated, card, PHRASES, numbers=as_card(), kernel=KERNEL)
