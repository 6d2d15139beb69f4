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
from whipbird_train.datasets import esc10, read_speech, room_responses, running_speech, speech_commands
from whipbird_train.datasets.clips import load_clip, read_recordings, read_sounds
from whipbird_train.datasets.read_speech import read_readings
from whipbird_train.examples.augment import make_babble
from whipbird_train.examples.places import Places
from whipbird_train.examples.simulated_rooms import simulated_room
from whipbird_train.examples.synthetic_noise import make_noises
from whipbird_train.progress import tracked
from whipbird_train.streams.scenes import Speech

__all__ = ["Background", "phrase_times", "read_background"]

RATE_HZ = 16_000
COMMANDS = "speech-commands"  # folder of the data set
MADE_NOISES, NOISE_S = 60, 10
BABBLES, BABBLE_S = 8, 20
SIMULATED_ROOMS = 60
RT60_S, DISTANCE_M = (0.2, 0.9), (0.3, 4.0)
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
    training: list[TrainingData] = []
    speech = [[Speech(one) for one in synthetic]]

    readings = [one for one in read_readings(data / read_speech.NAME) if one.split == "train"]
    readers: dict[str, list[Speech]] = {}
    for one in tracked(readings, "readers"):
        said = phrase_times(one.words, phrases)
        readers.setdefault(one.reader, []).append(Speech(load_clip(one.path, RATE_HZ), said))
    orders = [one.path for one in running_speech.read_spoken(data / running_speech.NAME) if one.split == "train"]
    words = _single_words(data / COMMANDS, phrases, rng)
    speech += [*readers.values(), [Speech(wave) for wave in read_recordings(orders, RATE_HZ)]]
    speech += [[Speech(wave) for wave in words[start::WORDS_TOGETHER]] for start in range(WORDS_TOGETHER)]
    training += [
        read_speech.training_data(len(readings)),
        running_speech.training_data(len(orders)),
        speech_commands.training_data(len(words)),
    ]

    sounds = esc10.esc10_sounds(data / esc10.NAME, "train", RATE_HZ)
    responses = room_responses.room_responses(data / room_responses.NAME, "train", RATE_HZ)
    training += [esc10.training_data(len(sounds)), room_responses.training_data(len(responses))]
    noises = [*sounds, *speech_commands.read_backgrounds(data / COMMANDS, RATE_HZ)]
    noises += make_noises(MADE_NOISES, NOISE_S * RATE_HZ, RATE_HZ, rng)
    responses += [simulated_room(rng, RATE_HZ, RT60_S, DISTANCE_M) for _ in range(SIMULATED_ROOMS)]
    babble = make_babble([*synthetic, *words], BABBLES, BABBLE_S * RATE_HZ, rng)
    return Background(
        [collection for collection in speech if collection],
        noises,
        babble,
        Places(responses, RATE_HZ),
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
