"""Speech of strangers that is not addressed to the model, and words in rooms: to measure with, never to train on.

Readers of books (LibriSpeech's validation readers), with the times of the commands in what they read; Kokoro's
sentences without commands, in voices that say nothing in any training. All that one person says is one recording.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from whipbird.arrays import Floats
from whipbird.formats.annotation import Annotation
from whipbird.models.model import Model
from whipbird_train.datasets import read_speech, room_responses
from whipbird_train.datasets.clips import load_clip
from whipbird_train.datasets.kokoro_voices import VOICES
from whipbird_train.datasets.read_speech import COMMANDS, read_readings, word_times
from whipbird_train.evaluate.recorded_scores import Annotated, record_sound_scores
from whipbird_train.examples.places import in_room
from whipbird_train.examples.simulated_rooms import simulated_room
from whipbird_train.progress import tracked
from whipbird_train.soundscapes.clip_order import Sound
from whipbird_train.synthesis.command_plans import read_plans
from whipbird_train.synthesis.spoken_clips import cache_folder, read_clips

__all__ = ["joined", "kokoro_speech", "readers_speech", "words_in_rooms"]

RATE_HZ = 16_000
PAUSE_S = 0.4  # between what one person says
SIMULATED_ROOMS = 12
RT60_S, DISTANCE_M = (0.5, 0.7), (1.9, 2.1)

Piece = tuple[Floats, Sequence[Annotation]]


def readers_speech(
    data: Path,
    model: Model,
    split: str = "validation",
    labels: Mapping[str, str] = COMMANDS,
    most_s: float = math.inf,
) -> dict[str, Annotated]:
    """Each reader of a split, scored; words with a label count neither as hits nor as false alarms where they are read.

    Parameters
    ----------
    labels : mapping of str to str
        From words in lower case to labels of the model.
    most_s : float
        Seconds of each reader, at least.
    """
    said: dict[str, list[Piece]] = defaultdict(list)
    seconds: dict[str, float] = defaultdict(float)
    for one in read_readings(data / read_speech.NAME):
        if one.split == split and seconds[one.reader] < most_s:
            sound = load_clip(one.path, RATE_HZ)
            said[one.reader].append((sound, word_times(one.words, labels)))
            seconds[one.reader] += len(sound) / RATE_HZ
    return _scored(said, model, "readers")


def kokoro_speech(data: Path, model: Model) -> dict[str, Annotated]:
    """What Kokoro has said in voices to test with, by the voice that is most of each mixture."""
    if not (data / VOICES).is_file():
        return {}
    said: dict[str, list[Piece]] = defaultdict(list)
    for one, samples in read_clips(read_plans(data)["judging"], cache_folder()):
        said[max(one.voices, key=lambda voice: voice[1])[0]].append((samples, ()))
    return _scored(said, model, "Kokoro")


def words_in_rooms(data: Path, words: Sequence[Sound]) -> list[Sound]:
    """The words in rooms that no network was trained in: real ones, and simulated ones at 2 m, in turn."""
    rng = np.random.default_rng(3)
    rooms = room_responses.room_responses(data / room_responses.NAME, "test", RATE_HZ)
    rooms += [simulated_room(rng, RATE_HZ, RT60_S, DISTANCE_M) for _ in range(SIMULATED_ROOMS)]
    return [
        Sound(in_room(word.samples, rooms[number % len(rooms)]), word.label, word.group)
        for number, word in enumerate(words)
    ]


def _scored(said: Mapping[str, Sequence[Piece]], model: Model, title: str) -> dict[str, Annotated]:
    """All that each person says, one after the other."""
    scored: dict[str, Annotated] = {}
    for person, pieces in tracked(sorted(said.items()), title):
        sound, truth = joined(pieces)
        scored[person] = [(record_sound_scores(sound, RATE_HZ, model), truth)]
    return scored


def joined(pieces: Iterable[Piece]) -> tuple[Floats, list[Annotation]]:
    """Pieces with pauses between them; what is annotated in them becomes uncertain."""
    sounds: list[Floats] = []
    truth: list[Annotation] = []
    length = 0
    for sound, own in pieces:
        begin_s = length / RATE_HZ
        truth += [Annotation(begin_s + one.begin_s, begin_s + one.end_s, f"{one.label}?") for one in own]
        sounds += [sound, np.zeros(round(PAUSE_S * RATE_HZ), np.float32)]
        length += len(sounds[-2]) + len(sounds[-1])
    return np.concatenate(sounds), truth
