"""What surrounds whatever is to be detected: people who talk, noises, babble and rooms, from all data sets.

All of it is for training alone. Data sets that are not here are named and add nothing; noises and rooms are also made.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from whipbird.arrays import Floats
from whipbird.formats.annotation import Annotation
from whipbird.models.card import TrainingData
from whipbird_train.datasets import esc10, read_speech, room_responses, running_speech, speech_commands
from whipbird_train.datasets.clips import load_clip, read_recordings
from whipbird_train.datasets.read_speech import read_readings
from whipbird_train.examples.augment import make_babble
from whipbird_train.examples.places import Places
from whipbird_train.examples.simulated_rooms import simulated_room
from whipbird_train.examples.synthetic_noise import make_noises
from whipbird_train.progress import tracked
from whipbird_train.streams.scenes import Speech

__all__ = ["read_people", "read_surroundings"]

log = logging.getLogger(__name__)

RATE_HZ = 16_000
NOISE_S = 10
BABBLES, BABBLE_S = 8, 20
SIMULATED_ROOMS = 60
RT60_S, DISTANCE_M = (0.2, 0.9), (0.3, 4.0)


def read_people(
    data: Path, times: Callable[[Sequence[Annotation]], Sequence[Annotation]]
) -> tuple[list[list[Speech]], list[TrainingData]]:
    """What people say, in a list for each reader of books and one for orders in a coffee shop, and the card's entries.

    Parameters
    ----------
    data : Path
        Folder of data sets.
    times : callable
        Where what is to be detected is said, by the times of all words.
    """
    readings = [one for one in read_readings(data / read_speech.NAME) if one.split == "train"]
    readers: dict[str, list[Speech]] = {}
    for one in tracked(readings, "reading books"):
        readers.setdefault(one.reader, []).append(Speech(load_clip(one.path, RATE_HZ), times(one.words)))
    orders = [one.path for one in running_speech.read_spoken(data / running_speech.NAME) if one.split == "train"]
    training = [read_speech.training_data(len(readings)), running_speech.training_data(len(orders))]
    return [*readers.values(), [Speech(wave) for wave in read_recordings(orders, RATE_HZ)]], training


def read_surroundings(
    data: Path, voices: Sequence[Floats], made_noises: int, rng: np.random.Generator
) -> tuple[list[Floats], list[Floats], Places, list[TrainingData]]:
    """Noises, babble, places, and the card's entries.

    Parameters
    ----------
    voices : sequence of arrays, shape (samples,)
        What babble is made of.
    made_noises : int
        Number of synthetic noises.
    """
    commands = speech_commands.commands_in(data)
    names = (read_speech.NAME, running_speech.NAME, esc10.NAME, room_responses.NAME, commands.name)
    if missing := [name for name in names if not (data / name).is_dir()]:
        log.warning("no %s in %s: it learns without, and has more false alarms", ", ".join(missing), data)
    sounds = esc10.esc10_sounds(data / esc10.NAME, "train", RATE_HZ)
    responses = room_responses.room_responses(data / room_responses.NAME, "train", RATE_HZ)
    training = [esc10.training_data(len(sounds)), room_responses.training_data(len(responses))]
    noises = [*sounds, *speech_commands.read_backgrounds(commands, RATE_HZ)]
    noises += make_noises(made_noises, NOISE_S * RATE_HZ, RATE_HZ, rng)
    responses += [simulated_room(rng, RATE_HZ, RT60_S, DISTANCE_M) for _ in range(SIMULATED_ROOMS)]
    babble = make_babble(voices, BABBLES, BABBLE_S * RATE_HZ, rng)
    return noises, babble, Places(responses, RATE_HZ), training
