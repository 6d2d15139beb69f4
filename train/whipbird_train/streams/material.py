"""What scenes are made of: everything that the commands may be trained on, from all data sets."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np

from whipbird.arrays import Floats
from whipbird.models.card import TrainingData
from whipbird_train.datasets import speech_commands
from whipbird_train.datasets.read_speech import word_times
from whipbird_train.datasets.speech_commands import LABELS, SILENCE, UNKNOWN, WORDS
from whipbird_train.examples.labelled_sounds import Sounds
from whipbird_train.soundscapes.clip_order import Sound
from whipbird_train.streams.scenes import Scenes, Speech
from whipbird_train.streams.surroundings import read_people, read_surroundings
from whipbird_train.synthesis import espeak
from whipbird_train.synthesis.command_plans import read_plans
from whipbird_train.synthesis.command_texts import SIMILAR
from whipbird_train.synthesis.spoken_clips import cache_folder, read_clips, training_data

__all__ = ["read_scenes"]

log = logging.getLogger(__name__)

RATE_HZ = 16_000
TAUGHT = ("words", "similar", "sentences")
# Clips by espeak-ng and flite: of each command, words that resemble commands, other words, sentences, and seconds of
# speech in other languages.
VOICES, SIMILAR_WORDS, OTHER_WORDS, SENTENCES, FOREIGN = 80, 1200, 700, 300, 400
MADE_NOISES = 300


def read_scenes(data: Path, clips: Sounds, seed: int) -> tuple[Scenes, list[TrainingData]]:
    """What scenes are made of, and the entries of the card for it.

    Kokoro's clips are those spoken already, see `whipbird_train.synthesis.spoken_clips.speak_all`.

    Parameters
    ----------
    data : Path
        Folder of data sets.
    clips : Sounds
        The clips of Speech Commands that may be trained on, at 16 kHz, with its twelve labels.
    """
    rng = np.random.default_rng(seed)
    words = [
        Sound(wave, LABELS[label], group)
        for wave, label, group in zip(clips.waves, clips.labels, clips.groups, strict=True)
        if LABELS[label] != SILENCE
    ]
    training = [speech_commands.training_data(len(words))]

    spoken = _kokoro(data)
    words += [Sound(speech.samples, text, "") for text, speech in spoken["words"]]
    words += [
        Sound(wave, word, "") for word in WORDS for wave in espeak.spoken_words(word, VOICES, RATE_HZ, RATE_HZ, seed)
    ]
    fillers = [word for word in espeak.FILLERS if word not in WORDS]
    others = [*rng.choice(fillers, OTHER_WORDS).tolist(), *rng.choice(SIMILAR, SIMILAR_WORDS).tolist()]
    words += [
        Sound(espeak.spoken_words(word, 1, RATE_HZ, RATE_HZ, seed + number)[0], UNKNOWN, "")
        for number, word in enumerate(others)
    ]
    people, of_people = read_people(data, word_times)
    collections = [
        *people,
        [speech for _, speech in spoken["similar"]],
        [speech for _, speech in spoken["sentences"]],
        [Speech(wave) for wave in espeak.running_speech(fillers, SENTENCES, RATE_HZ, seed)],
        [Speech(wave) for wave in espeak.foreign_speech(FOREIGN, RATE_HZ, RATE_HZ, seed)],
    ]
    training += [
        *of_people,
        training_data(sum(map(len, spoken.values()))),
        espeak.training_data(len(WORDS) * VOICES + len(others) + SENTENCES + FOREIGN),
    ]

    noises, babble, places, of_noises = read_surroundings(data, [one.samples for one in words], MADE_NOISES, rng)
    training += of_noises
    full: list[list[Speech]] = [collection for collection in collections if collection]
    return Scenes(words, full, noises, babble, places, RATE_HZ), [one for one in training if one.recordings]


def _kokoro(data: Path) -> dict[str, list[tuple[str, Speech]]]:
    """What Kokoro has said in the voices to train with, by plan, each with its text without punctuation."""
    said: dict[str, list[tuple[str, Speech]]] = {}
    for name, plan in read_plans(data).items():
        if name not in TAUGHT:
            continue
        clips = list(read_clips(plan, cache_folder()))
        if len(clips) < len(plan):
            log.warning("Kokoro has said %d of %d %s", len(clips), len(plan), name)
        said[name] = [(one.text.strip(".,!?"), Speech(_padded(samples))) for one, samples in clips]
    return said


def _padded(samples: Floats) -> Floats:
    """A clip with a little silence at both ends, as recorded clips have."""
    return np.pad(samples, RATE_HZ // 10)
