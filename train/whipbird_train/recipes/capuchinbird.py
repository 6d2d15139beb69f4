"""The shipped detector of Capuchinbird calls: log-mel at 16 kHz into a network for stacks of harmonics."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import keras
import numpy as np

from whipbird.errors import WhipbirdError
from whipbird.events.settings import DebounceSettings
from whipbird.models.card import Card, SpeciesNames
from whipbird.models.frontends.log_mel import LogMelSettings
from whipbird.models.model import Model
from whipbird_train.datasets import capuchinbird, running_speech, speech_commands, urbansound8k
from whipbird_train.datasets.capuchinbird import CAPUCHINBIRD, LABELS
from whipbird_train.datasets.clips import read_sounds
from whipbird_train.evaluate.calibration import calibrated
from whipbird_train.evaluate.matching import CALLS
from whipbird_train.evaluate.recorded_scores import Annotated, evaluated, hours_of, record_sound_scores
from whipbird_train.examples.calls import CallExamples
from whipbird_train.examples.labelled_sounds import Sounds, load_sounds
from whipbird_train.fitting.fit import FitSettings
from whipbird_train.frontend_matrices import build_frontend
from whipbird_train.networks.streaming import Time, step_network
from whipbird_train.networks.tonal import tonal_conv2d
from whipbird_train.soundscapes import call_streams
from whipbird_train.soundscapes.call_streams import call_stream, other_sounds
from whipbird_train.soundscapes.forest import forest
from whipbird_train.soundscapes.word_streams import continuous_speech
from whipbird_train.study.protocols import unseen_groups
from whipbird_train.study.recipe import Examples, Recipe

__all__ = ["RATE_HZ", "read_calls", "recipe"]

log = logging.getLogger(__name__)

RATE_HZ = 16_000
FRONTEND = LogMelSettings(frame=1024, step=320, fft=1024, bands=64, low_hz=200, high_hz=3000)
WINDOW = 64  # 1.32 s
WIDTH = 1.5
HOP_S = 0.16
REFERENCE_S = 0.66  # a score describes the middle of the window
LEAD_S = 1.75  # from the first hum of a call to the moment the smoothed score of its stack reaches 0.6

STREAM_SNR_DB = (None, 20.0, 10.0, 5.0)  # of the streams on which thresholds are chosen
STREAM_SEED = 11
FALSE_PER_HOUR = 0.25  # at the balanced operating point: six a day

EXAMPLES = 4032  # in an epoch
EXTRAS = 600  # clips of towns, and as many of words: sounds without calls
LICENCE = "CC BY-NC-SA 4.0 (trained on recordings for non-commercial use)"


def recipe() -> Recipe:
    epochs = 12
    return _Capuchinbird(
        name="capuchinbird",
        description="Calls of the Capuchinbird (Perissocephalus tricolor), each reported once, when it has ended.",
        limits="It counts the loud second half of a call, harmonics between 450 and 1,700 Hz. Two birds that call at "
        "once are one call. Calls fainter than the sounds of the forest around 1 kHz are missed. Trained on "
        "171 calls from 33 recordings; other species of the forest with such stacks were not among them.",
        licence=LICENCE,
        labels=LABELS,
        reported=(CAPUCHINBIRD,),
        species={CAPUCHINBIRD: SpeciesNames(scientific="Perissocephalus tricolor", common="Capuchinbird")},
        rate_hz=RATE_HZ,
        frontend=FRONTEND,
        window=WINDOW,
        hop_s=HOP_S,
        reference_s=REFERENCE_S,
        lead_s=LEAD_S,
        report="end",
        debounce=DebounceSettings(smooth_s=0.32, on=0.6, off=0.4, release_s=0.4, min_s=1.5, refractory_s=0.5),
        network=lambda labels: tonal_conv2d(WINDOW, FRONTEND.bands, labels, WIDTH),
        settings=FitSettings(
            epochs=epochs,
            batch=64,
            optimizer="adam",
            peak_rate=3e-3,
            warmup_epochs=1,
            weight_decay=0.01,
            label_smoothing=0.02,
            cached_epochs=epochs,
        ),
        read=read_calls,
        examples=_examples,
        experiments=lambda sounds: unseen_groups(sounds, "unseen birds and sources, 5 folds", folds=5),
    )


class _Capuchinbird(Recipe):
    """A network that runs in steps; streams choose the thresholds, and forest recordings measure the result."""

    def in_steps(self, network: keras.Model) -> keras.Model:
        def build(time: Time) -> keras.Model:
            return tonal_conv2d(None, FRONTEND.bands, len(LABELS), WIDTH, time=time)

        return step_network(build, network)

    def measured(self, card: Card, data: Path, model: Model, unseen: Iterator[tuple[Sounds, Model]]) -> Card:
        streams = _background(data, model)
        if streams:
            streams += [one for sounds, other in unseen for one in _unseen(sounds, other)]
        return _measured(calibrated(card, streams, call_streams.MATCHING, FALSE_PER_HOUR), forest(data.parent, model))


def read_calls(folder: Path) -> Sounds:
    """Read all clips, with and without calls."""
    return load_sounds(capuchinbird.read_clips(folder), LABELS, RATE_HZ, folder, capuchinbird.training_data)


def _background(folder: Path, model: Model) -> Annotated:
    """Scores of speech and noises that were not trained on; see `_unseen` for sounds of the forest."""
    data = folder.parent
    commands = speech_commands.commands_in(data)
    missing = [name for name in (running_speech.NAME, commands.name) if not (data / name).is_dir()]
    if missing:
        log.warning("choosing thresholds on single clips only: no %s in %s", ", ".join(missing), data)
        return []
    speech: Annotated = [
        (recorded, []) for annotated in continuous_speech(data, model).values() for recorded, _ in annotated
    ]
    noises = speech_commands.read_backgrounds(commands, RATE_HZ)
    return speech + [(record_sound_scores(noise, RATE_HZ, model), []) for noise in noises]


def _unseen(sounds: Sounds, model: Model) -> Annotated:
    """Scores of unseen birds' calls over unseen sounds of a forest, and of these sounds alone."""
    streams = [one for snr_db in STREAM_SNR_DB for one in call_stream(sounds, snr_db, model, STREAM_SEED)]
    return streams + other_sounds(sounds, model)


def _measured(card: Card, recordings: Annotated) -> Card:
    """The card with the results on whole recordings that chose nothing; unchanged where there are no recordings."""
    if not recordings:
        return card
    found = evaluated(recordings, card, CALLS).overall
    measured = {
        "name": "forest recordings",
        "recordings": len(recordings),
        "hours": round(hours_of(recordings), 2),
        "sounds": found.annotations,
        "recall": found.recall.as_list(),
        "precision": found.precision.as_list(),
        "counted_exactly": found.counted.as_list(),
    }
    return card.model_copy(update={"results": card.results | {"whole_recordings": measured}})


def _examples(folder: Path, sounds: Sounds, labels: Sequence[str], seed: int) -> Examples:
    rng = np.random.default_rng(seed)
    training = [sounds.training(len(sounds))]
    extras = []
    others = (
        (folder.parent / "urbansound8k", urbansound8k),
        (speech_commands.commands_in(folder.parent), speech_commands),
    )
    for own, dataset in others:
        try:
            clips = dataset.read_clips(own)
        except WhipbirdError as error:
            log.warning("continuing without other sounds: %s", error)
            continue
        some = [clips[number] for number in rng.choice(len(clips), min(EXTRAS, len(clips)), replace=False)]
        waves = read_sounds(some, RATE_HZ)[1]
        if dataset is speech_commands:
            waves = [np.concatenate(waves[number : number + 3]) for number in range(0, len(waves), 3)]
        extras += waves
        training.append(dataset.training_data(len(some)))
    frontend = build_frontend(FRONTEND, RATE_HZ)
    return CallExamples(sounds, extras, frontend, WINDOW, RATE_HZ, EXAMPLES, training)
