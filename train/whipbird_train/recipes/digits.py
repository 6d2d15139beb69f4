"""Spoken digits at 8 kHz, from unseen speakers: log-mel into a small convolutional network."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from whipbird.errors import WhipbirdError
from whipbird.events.settings import DebounceSettings
from whipbird.models.frontends.build import make_frontend
from whipbird.models.frontends.log_mel import LogMelSettings
from whipbird_train.datasets import speech_commands, spoken_digits
from whipbird_train.datasets.spoken_digits import LABELS
from whipbird_train.examples.any_voice import VoiceExamples
from whipbird_train.examples.labelled_sounds import Sounds, load_sounds
from whipbird_train.examples.synthetic_speech import synthetic_speech
from whipbird_train.fitting.fit import FitSettings
from whipbird_train.frontend_matrices import make_matrices
from whipbird_train.networks.words import word_conv2d
from whipbird_train.study.protocols import each_group_left_out, given_split
from whipbird_train.study.recipe import Examples, Recipe

__all__ = ["recipe"]

log = logging.getLogger(__name__)

RATE_HZ = 8_000
FRONTEND = LogMelSettings(frame=240, step=80, fft=256, bands=40, low_hz=60, high_hz=3900)
WINDOW = 97  # whole frames in one second
WIDTH = 1.25

EXAMPLES = 2560  # in an epoch
VOICES = 100  # synthetic clips of each digit
SYNTHETIC_SHARE, OTHERS_SHARE = 0.25, 0.15  # relative to 1 for the recordings of the data set


def recipe() -> Recipe:
    epochs = 50
    return Recipe(
        name="digits",
        description="Spoken English digits, zero to nine.",
        limits="It has no class for anything else: whatever it hears is a digit to it. For single digits, cut out of "
        "quiet recordings; use `commands` to listen to a room.",
        licence="CC BY-SA 4.0",
        labels=LABELS,
        reported=LABELS,
        rate_hz=RATE_HZ,
        frontend=FRONTEND,
        window=WINDOW,
        hop_s=0.06,
        reference_s=0.5,
        report="begin",
        debounce=DebounceSettings(smooth_s=0.25, release_s=0.1, refractory_s=0.2),
        network=lambda labels: word_conv2d(WINDOW, FRONTEND.bands, labels, WIDTH),
        settings=FitSettings(
            epochs=epochs,
            batch=64,
            optimizer="adam",
            peak_rate=4e-3,
            warmup_epochs=1,
            weight_decay=0.02,
            label_smoothing=0.05,
            cached_epochs=epochs,
        ),
        read=_read,
        examples=_examples,
        experiments=lambda sounds: [
            *each_group_left_out(sounds, "unseen speakers, each of the six left out in turn"),
            *given_split(sounds, "the data set's own split, of known speakers", "train", "test"),
        ],
    )


def _read(folder: Path) -> Sounds:
    return load_sounds(spoken_digits.read_clips(folder), LABELS, RATE_HZ, folder, spoken_digits.training_data)


def _examples(folder: Path, sounds: Sounds, labels: Sequence[str], seed: int) -> Examples:
    sets, training, backgrounds = [(sounds, 1.0)], [sounds.training(len(sounds))], []
    beside = speech_commands.commands_in(folder.parent)
    try:
        clips = [clip for clip in speech_commands.read_clips(beside, protocol="35") if clip.label in labels]
        others = load_sounds(clips, labels, RATE_HZ, beside, speech_commands.training_data)
        backgrounds = speech_commands.read_backgrounds(beside, RATE_HZ)
    except WhipbirdError as error:
        log.warning("continuing without other voices and noises: %s", error)
    else:
        if len(others):
            sets.append((others, OTHERS_SHARE))
            training.append(others.training(len(others)))
    try:
        made = synthetic_speech(dict(enumerate(labels)), VOICES, None, 0, 0, 0, RATE_HZ, RATE_HZ, seed)
        sets.append((made, SYNTHETIC_SHARE))
        training.append(made.training(len(made)))
    except FileNotFoundError:
        log.warning("continuing without synthetic voices: espeak-ng is not installed")
    matrices = make_matrices(FRONTEND, RATE_HZ)
    frontend = make_frontend(FRONTEND, matrices)
    return VoiceExamples(sets, backgrounds, frontend, matrices, WINDOW, RATE_HZ, EXAMPLES, training)
