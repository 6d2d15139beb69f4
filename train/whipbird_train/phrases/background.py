"""What a detector of phrases must not be set off by, and what its phrases are heard through: speech, noises, rooms.

All of it is for training alone. Real recordings are those of the data sets that are here; where there are none, all
speech is that of synthetic voices, and noises are made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from whipbird.arrays import Floats
from whipbird.formats.annotation import Annotation
from whipbird.models.card import TrainingData
from whipbird_train.datasets import speech_commands
from whipbird_train.datasets.clips import read_sounds
from whipbird_train.examples.places import Places
from whipbird_train.streams.scenes import Speech
from whipbird_train.streams.surroundings import read_people, read_surroundings

__all__ = ["Background", "phrase_times", "read_background"]

RATE_HZ = 16_000
MADE_NOISES = 300
WORDS = 5000  # clips of single words, at the most
WORDS_TOGETHER = 200


@dataclass(frozen=True, eq=False)
class Background:
    """Sound without any of the phrases, or with the times of these.

    Attributes
    ----------
    speech : list of lists of Speech
        One list for each voice or collection.
    noises, babble : list of arrays, shape (samples,)
    training : list of TrainingData
        Recordings among it.
    """

    speech: list[list[Speech]]
    noises: list[Floats]
    babble: list[Floats]
    places: Places
    training: list[TrainingData]


def read_background(data: Path, phrases: Sequence[str], synthetic: Sequence[Floats], seed: int) -> Background:
    """Everything that is here.

    Parameters
    ----------
    data : Path
        Folder of data sets, which may be missing.
    phrases : sequence of str
        What is not to be learned as background where it is said.
    synthetic : sequence of arrays, shape (samples,)
        Sentences of synthetic voices.
    """
    rng = np.random.default_rng((seed, 9))
    speech = [[Speech(one) for one in synthetic]]

    people, of_people = read_people(data, lambda words: phrase_times(words, phrases))
    words = _single_words(speech_commands.commands_in(data), phrases, rng)
    speech += people
    speech += [[Speech(wave) for wave in words[start::WORDS_TOGETHER]] for start in range(WORDS_TOGETHER)]
    noises, babble, places, of_noises = read_surroundings(data, [*synthetic, *words], MADE_NOISES, rng)
    training = [*of_people, speech_commands.training_data(len(words)), *of_noises]
    return Background(
        [collection for collection in speech if collection],
        noises,
        babble,
        places,
        [one for one in training if one.recordings],
    )


def phrase_times(words: Sequence[Annotation], phrases: Iterable[str]) -> list[Annotation]:
    """Where some phrases are said, by the times of all words."""
    said = [_plain(word.label) for word in words]
    found = []
    for phrase in phrases:
        wanted = [_plain(word) for word in phrase.split()]
        found += [
            Annotation(words[place].begin_s, words[place + len(wanted) - 1].end_s, phrase)
            for place in range(len(said) - len(wanted) + 1)
            if said[place : place + len(wanted)] == wanted
        ]
    return sorted(found)


def _plain(word: str) -> str:
    return re.sub(r"[^\w']", "", word.lower())


def _single_words(folder: Path, phrases: Sequence[str], rng: np.random.Generator) -> list[Floats]:
    """Clips of words that are not a phrase; none without the folder."""
    if not folder.is_dir():
        return []
    own = {phrase.lower() for phrase in phrases}
    clips = [
        clip
        for clip in speech_commands.read_clips(folder)
        if clip.split == "train" and clip.label != speech_commands.SILENCE and clip.path.parent.name not in own
    ]
    chosen = [clips[number] for number in sorted(rng.permutation(len(clips))[:WORDS].tolist())]
    return read_sounds(chosen, RATE_HZ)[1]
