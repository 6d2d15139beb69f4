"""What scenes are made of: everything that the commands may be trained on, from all data sets."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np

from whipbird.arrays import Floats
from whipbird.models.card import TrainingData
from whipbird_train.datasets import esc10, read_speech, room_responses, running_speech, speech_commands
from whipbird_train.datasets.clips import load_clip, read_recordings, recordings_of
from whipbird_train.datasets.read_speech import read_readings, word_times
from whipbird_train.datasets.speech_commands import LABELS, SILENCE, WORDS
from whipbird_train.examples.augment import make_babble
from whipbird_train.examples.labelled_sounds import Sounds
from whipbird_train.examples.places import Places
from whipbird_train.examples.simulated_rooms import simulated_room
from whipbird_train.examples.synthetic_noise import make_noises
from whipbird_train.progress import tracked
from whipbird_train.soundscapes.clip_order import Sound
from whipbird_train.streams.scenes import Scenes, Speech
from whipbird_train.synthesis import espeak
from whipbird_train.synthesis.command_plans import read_plans
from whipbird_train.synthesis.spoken_clips import cache_folder, read_clips

__all__ = ["read_scenes"]

log = logging.getLogger(__name__)

RATE_HZ = 16_000
TAUGHT = ("words", "similar", "sentences")
SENTENCES = 300  # read by espeak-ng and flite
MADE_NOISES, NOISE_S = 40, 10
BABBLES, BABBLE_S = 8, 20
SIMULATED_ROOMS = 60
RT60_S, DISTANCE_M = (0.2, 0.9), (0.3, 4.0)

kokoro_data = recordings_of("synthetic speech", "Kokoro, 35 voices and mixtures of them", "Apache-2.0")


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
    readings = [one for one in read_readings(data / read_speech.NAME) if one.split == "train"]
    readers: dict[str, list[Speech]] = {}
    for one in tracked(readings, "reading books"):
        speech = Speech(load_clip(one.path, RATE_HZ), word_times(one.words))
        readers.setdefault(one.reader, []).append(speech)
    orders = [one.path for one in running_speech.read_spoken(data / running_speech.NAME) if one.split == "train"]
    fillers = [word for word in espeak.FILLERS if word not in WORDS]
    collections = [
        *readers.values(),
        [Speech(wave) for wave in read_recordings(orders, RATE_HZ)],
        [speech for _, speech in spoken["similar"]],
        [speech for _, speech in spoken["sentences"]],
        [Speech(wave) for wave in espeak.running_speech(fillers, SENTENCES, RATE_HZ, seed)],
    ]
    training += [read_speech.training_data(len(readings)), running_speech.training_data(len(orders))]
    training += [kokoro_data(sum(map(len, spoken.values()))), espeak.training_data(SENTENCES)]

    sounds = esc10.esc10_sounds(data / esc10.NAME, "train", RATE_HZ)
    responses = room_responses.room_responses(data / room_responses.NAME, "train", RATE_HZ)
    training += [esc10.training_data(len(sounds)), room_responses.training_data(len(responses))]
    noises = [*sounds, *speech_commands.read_backgrounds(data / "speech-commands", RATE_HZ)]
    noises += make_noises(MADE_NOISES, NOISE_S * RATE_HZ, RATE_HZ, rng)
    responses += [simulated_room(rng, RATE_HZ, RT60_S, DISTANCE_M) for _ in range(SIMULATED_ROOMS)]
    babble = make_babble([one.samples for one in words], BABBLES, BABBLE_S * RATE_HZ, rng)
    full: list[list[Speech]] = [collection for collection in collections if collection]
    return Scenes(words, full, noises, babble, Places(responses, RATE_HZ), RATE_HZ), [
        one for one in training if one.recordings
    ]


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
