"""Streams by which the thresholds of somebody's own words are chosen, and what the model will do there.

The words are clips that were not trained on, where some were kept aside, in quiet and in noise. What must not set the
model off is speech: of readers of books that were never trained on, where they are at hand (LibriSpeech, with the times
of the words), otherwise of synthetic voices; and the user's own background.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np

from whipbird.arrays import Floats
from whipbird.models.card import Card
from whipbird.models.model import Model
from whipbird_train.datasets.data_folders import data_root
from whipbird_train.evaluate.calibration import Counts, as_card, attainable, count
from whipbird_train.evaluate.left_out import calibrated_among
from whipbird_train.evaluate.matching import WORDS
from whipbird_train.evaluate.recorded_scores import Annotated, record_sound_scores
from whipbird_train.examples.labelled_sounds import Sounds
from whipbird_train.examples.synthetic_noise import make_noises
from whipbird_train.progress import tracked
from whipbird_train.soundscapes.clip_order import Sound
from whipbird_train.soundscapes.mix import MixSettings, build
from whipbird_train.soundscapes.strangers import readers_speech
from whipbird_train.synthesis import espeak

__all__ = ["calibrated_on_streams"]

log = logging.getLogger(__name__)

FALSE_PER_HOUR = 1.0  # at the balanced operating point
SNR_DB = (None, 20.0, 10.0)
NOISES, NOISE_S = 20, 10
READER_S = 180.0  # of each reader
SENTENCES = 200  # by synthetic voices, in place of readers
SEED = 4


def calibrated_on_streams(card: Card, sounds: Sounds, model: Model) -> Card:
    """The card with thresholds chosen on streams, and with what strangers' speech will do, where there is some.

    Parameters
    ----------
    sounds : Sounds
        Clips of the words, with the labels of the card.
    model : Model
        Was not trained on them, if there were enough clips.
    """
    rate_hz = card.sample_rate_hz
    backgrounds = list(sounds.backgrounds)
    noises = backgrounds or make_noises(NOISES, NOISE_S * rate_hz, rate_hz, np.random.default_rng(SEED))
    said = {label.lower(): label for label in card.debounce}
    readers = readers_speech(data_root(), model, labels=said, most_s=READER_S)
    streams = _word_streams(card, sounds, noises, model)
    others = backgrounds if readers else [*backgrounds, *_synthetic(card, rate_hz)]
    streams += [(record_sound_scores(sound, rate_hz, model), []) for sound in tracked(others, "background")]
    rest = _count(streams, card)
    persons = [_count(own, card) for own in readers.values()]
    hours = rest.hours + sum(own.hours for own in persons)
    return calibrated_among(card, persons, rest, attainable(FALSE_PER_HOUR, hours))


def _word_streams(card: Card, sounds: Sounds, noises: Sequence[Floats], model: Model) -> Annotated:
    """All clips of the words, in quiet and in noise."""
    words = [
        Sound(wave, card.labels[label], group)
        for wave, label, group in zip(sounds.waves, sounds.labels, sounds.groups, strict=True)
        if card.labels[label] in card.debounce
    ]
    streams: Annotated = []
    for snr_db in SNR_DB:
        settings = MixSettings(card.sample_rate_hz, snr_db=None if snr_db is None else (snr_db, snr_db))
        stream, truth = build(words, noises, settings, SEED)
        streams.append((record_sound_scores(stream, card.sample_rate_hz, model), truth))
    return streams


def _synthetic(card: Card, rate_hz: int) -> list[Floats]:
    """Running speech of synthetic voices without the words; none without espeak-ng."""
    own = {part for label in card.debounce for part in label.lower().split()}
    fillers = [word for word in espeak.FILLERS if word not in own]
    try:
        return [np.concatenate(espeak.running_speech(fillers, SENTENCES, rate_hz, SEED))]
    except FileNotFoundError:
        log.warning("thresholds are chosen without any speech: install espeak-ng, or add recordings as background")
        return []


def _count(annotated: Annotated, card: Card) -> Counts:
    return count(annotated, card, WORDS, numbers=as_card())
