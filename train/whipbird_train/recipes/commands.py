"""The shipped keyword model: log-mel at 16 kHz into a broadcast-residual network that learns from a larger one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from whipbird.arrays import Floats
from whipbird.events.settings import DebounceSettings
from whipbird.models.card import Card, Second, TrainingData
from whipbird.models.frontends.log_mel import LogMelSettings
from whipbird.models.model import Model
from whipbird_train.datasets import (
    capuchinbird,
    city_sounds,
    read_speech,
    running_speech,
    speech_commands,
    urbansound8k,
)
from whipbird_train.datasets.speech_commands import LABELS, SILENCE, UNKNOWN, WORDS
from whipbird_train.evaluate.calibration import count
from whipbird_train.evaluate.left_out import calibrated_among
from whipbird_train.evaluate.matching import WORDS as MATCHING
from whipbird_train.examples.augment import Augmenter, make_babble, random_piece
from whipbird_train.examples.labelled_sounds import Sounds, load_sounds
from whipbird_train.examples.speech_windows import speech_windows
from whipbird_train.examples.words import Mixture, WordExamples
from whipbird_train.export.write_bundle import EMBEDDINGS
from whipbird_train.fitting.batches import Variation
from whipbird_train.fitting.fit import FitSettings
from whipbird_train.fitting.teacher import SpeechEmbeddingTeacher
from whipbird_train.frontend_matrices import build_frontend
from whipbird_train.networks.assembly import body_of
from whipbird_train.networks.bc_resnet import bc_resnet
from whipbird_train.second.train import SecondSettings, add_second
from whipbird_train.soundscapes.clip_order import Sound
from whipbird_train.soundscapes.strangers import readers_speech
from whipbird_train.soundscapes.word_streams import choosing_streams, forest_recordings
from whipbird_train.streams.material import read_scenes
from whipbird_train.streams.scene_features import all_scenes
from whipbird_train.study.protocols import given_split
from whipbird_train.study.recipe import Experiment, Recipe
from whipbird_train.synthesis import spoken_clips

__all__ = [
    "among_strangers",
    "chosen_on",
    "command_examples",
    "commands",
    "read_commands",
    "recipe",
    "unseen_speakers",
    "with_second",
    "words_alone",
]

log = logging.getLogger(__name__)


RATE_HZ = 16_000
FRONTEND = LogMelSettings(frame=480, step=160, fft=512, bands=40, low_hz=20, high_hz=8000)
WINDOW = 97  # whole frames in one second
WIDTH = 4.0  # times the paper's smallest network; with 5, it would have over 100,000 parameters
TIME_STRIDE = 2
DEBOUNCE = DebounceSettings(smooth_s=0.24, release_s=0.1, refractory_s=0.4)

STREAM = Mixture(neighbour=0.4, running=0.7, swallowed=0.04)
MOST_REPEATED = 3  # how often a clip of a word with few clips occurs in an epoch
KEPT, KEPT_SPEECH = 1600, 1500  # clips, and seconds of speech, whose activations ship for models of own words
LEAST_ACTIVATION = 1e-6
FALSE_PER_HOUR = 1.0  # at the balanced operating point
SECOND = SecondSettings(
    Second(window=203, ask_from=0.3, weight=0.55),
    hears_from=0.2,
    epochs=3,
    windows=14_000,
    head=FitSettings(
        epochs=16, batch=64, optimizer="adam", peak_rate=1e-3, warmup_epochs=2, weight_decay=0.01, label_smoothing=0.02
    ),
    whole=FitSettings(
        epochs=9,
        batch=32,
        optimizer="adam",
        peak_rate=3e-4,
        warmup_epochs=1,
        weight_decay=0.01,
        label_smoothing=0.02,
        variation=Variation(masks=2, mask_frames=12),
    ),
)
SECOND_WORDS, SECOND_PASSES = 450, 3  # see `all_scenes`
RECORDINGS = 300  # by which the bands are turned into those of the speech embedding
BABBLES = 8  # mixtures of voices, of 20 s each
BABBLE_CLIPS = 200  # seconds of babble among the unknown examples


def recipe() -> Recipe:
    adam = FitSettings(epochs=40, optimizer="adam", peak_rate=1e-3, weight_decay=0.02, label_smoothing=0.05)
    masked = Variation(masks=1, mask_frames=12)
    teacher = SpeechEmbeddingTeacher(
        head=adam, whole=replace(adam, epochs=4, batch=64, peak_rate=3e-4, warmup_epochs=1, variation=masked)
    )
    return commands(
        name="commands",
        against="unreported",
        licence="CC BY 4.0",
        description="Ten spoken English commands: down, go, left, no, off, on, right, stop, up, yes.",
        limits="In running speech and in noise it takes some syllables for commands, and misses more words: choose "
        "--sensitivity strict where people talk beside it. English only.",
        rate_hz=RATE_HZ,
        frontend=FRONTEND,
        window=WINDOW,
        network=lambda labels: bc_resnet(WINDOW, FRONTEND.bands, labels, WIDTH, TIME_STRIDE, dropout=0.0),
        settings=FitSettings(
            epochs=72,
            batch=64,
            peak_rate=0.1,
            weight_decay=0.001,
            truth=0.4,
            cached_epochs=5,
            variation=Variation(masks=1),
        ),
        examples=_examples,
        experiments=unseen_speakers,
        teaching=teacher,
        kind=_Commands,
    )


class _Commands(Recipe):
    """A model that can be trained further, with thresholds chosen on streams."""

    def further_arrays(
        self, network: keras.Model, sounds: Sounds, data: Path, features: Callable[[Sounds], Floats]
    ) -> dict[str, dict[str, NDArray]]:
        """What is said in some recordings and in running speech, and the activations before the last layer."""
        some = np.random.default_rng(0).permutation(len(sounds))[:KEPT]
        kept = sounds.taken(np.sort(some))
        spoken = speech_windows(data.parent, KEPT_SPEECH, RATE_HZ)
        if spoken is not None:
            kept = kept.joined(spoken)
        activations = body_of(network).predict(features(kept), batch_size=128, verbose=0)
        steps = np.maximum(activations.max(axis=0), LEAST_ACTIVATION) / 255  # they are never negative
        rounded = np.round(activations / steps).astype(np.uint8)
        return {EMBEDDINGS: {"names": np.array(kept.names), "activations": rounded, "steps": steps}}

    def measured(self, card: Card, data: Path, model: Model, unseen: Iterator[tuple[Sounds, Model]]) -> Card:
        return among_strangers(card, data.parent, model)


def with_second(bundle: Path, data: Path, run: Path, seed: int) -> Card:
    """The card of a bundle after a second network was trained onto it, from the folder of data sets."""
    sounds = read_commands(speech_commands.commands_in(data), RATE_HZ)
    taught = sounds.chosen(np.array([split == "train" for split in sounds.splits]))
    made, training = read_scenes(data, taught, seed)
    frontend = build_frontend(FRONTEND, RATE_HZ)
    scenes = all_scenes(made, SECOND_WORDS, SECOND_PASSES, frontend, LABELS, RATE_HZ, seed, run / "scenes")
    rng = np.random.default_rng(seed)
    speech = [taught.waves[number] for number in rng.permutation(len(taught))[:RECORDINGS]]
    return add_second(bundle, scenes, speech, training, SECOND, run, seed)


def among_strangers(card: Card, data: Path, model: Model) -> Card:
    """The card with thresholds chosen on streams, background and readers, and with what strangers will get."""
    needed = (running_speech.NAME, read_speech.NAME, city_sounds.NAME, "capuchinbird")
    missing = [name for name in needed if not (data / name).is_dir()]
    if missing:
        log.warning("choosing thresholds on single clips only: no %s in %s", ", ".join(missing), data)
        return card
    others = count(choosing_streams(data, model), card, MATCHING)
    readers = [count(own, card, MATCHING) for own in readers_speech(data, model).values()]
    made = calibrated_among(card, readers, others, FALSE_PER_HOUR)
    return made.model_copy(
        update={"results": made.results | {"chosen_on": [one.model_dump() for one in chosen_on(data)]}}
    )


def chosen_on(data: Path) -> list[TrainingData]:
    """The recordings on which thresholds are chosen and measured: no speaker or place of theirs is trained on."""
    clips = speech_commands.read_clips(speech_commands.commands_in(data))
    spoken = [one for one in running_speech.read_spoken(data / running_speech.NAME) if one.split == "validation"]
    orders = sum(one.words is None for one in spoken)
    readings = [one for one in read_speech.read_readings(data / read_speech.NAME) if one.split == "validation"]
    cities = [
        clip
        for split in ("train", "validation")
        for clip in city_sounds.city_clips(data / city_sounds.NAME, split, RATE_HZ)
    ]
    return [
        speech_commands.training_data(sum(clip.split == "validation" for clip in clips)),
        read_speech.training_data(len(readings) + len(spoken) - orders),
        running_speech.training_data(orders),
        urbansound8k.training_data(len(cities)),
        capuchinbird.training_data(len(forest_recordings(data))),
    ]


def commands(rate_hz: int, kind: type[Recipe] = Recipe, **differing: Any) -> Recipe:
    """A recipe for the ten commands, with the attributes that all of them share."""
    return kind(
        labels=LABELS,
        reported=WORDS,
        rate_hz=rate_hz,
        hop_s=0.06,
        reference_s=0.496,  # a word is in the middle of its clip
        report="begin",
        debounce=DEBOUNCE,
        read=partial(read_commands, rate_hz=rate_hz),
        shipped="validation",
        **differing,
    )


def read_commands(folder: Path, rate_hz: int) -> Sounds:
    """Read all clips of Speech Commands, with twelve labels."""
    clips = speech_commands.read_clips(folder)
    backgrounds = speech_commands.read_backgrounds(folder, rate_hz)
    return load_sounds(clips, LABELS, rate_hz, folder, speech_commands.training_data, backgrounds)


def command_examples(
    sounds: Sounds,
    labels: Sequence[str],
    seed: int,
    rate_hz: int,
    mixture: Mixture = Mixture(),  # noqa: B008  (it is frozen)
    shift_s: float = 0.1,
    to_end: bool = False,
    speech: Sequence[Floats] = (),
    training: list[TrainingData] | None = None,
    place: Callable[[Floats, np.random.Generator], Floats] | None = None,
) -> WordExamples:
    """Training examples of commands; ``training`` lists the card's entries where there are more than these sounds."""
    silence, unknown = (labels.index(label) if label in labels else None for label in (SILENCE, UNKNOWN))
    voices = [wave for wave, label in zip(sounds.waves, sounds.labels, strict=True) if label != silence]
    babble = make_babble(voices, BABBLES, 20 * rate_hz, np.random.default_rng(seed))
    training = training or [sounds.training(len(sounds))]
    if unknown is not None:
        sounds = sounds.joined(_pieces(babble, "babble", unknown, BABBLE_CLIPS, rate_hz, seed))
    augmenter = Augmenter(sounds.backgrounds, rate_hz, babble, place, shift_s=shift_s, to_end=to_end)
    return WordExamples(sounds, rate_hz, augmenter, mixture, silence, unknown, training, speech)


def _examples(folder: Path, sounds: Sounds, labels: Sequence[str], seed: int) -> WordExamples:
    """Training examples of commands, made of the same as the scenes (see `read_scenes`)."""
    made, training = read_scenes(folder.parent, sounds, seed)
    speech = [piece for voice in made.speech for one in voice for piece in one.without_commands(RATE_HZ)]
    sounds = _evened(sounds).joined(_synthetic(made.words, labels))
    return command_examples(
        replace(sounds, backgrounds=list(made.noises)), labels, seed, RATE_HZ, STREAM, shift_s=0.2, to_end=True,
        speech=speech, training=training, place=made.places.sound,
    )  # fmt: skip


def _evened(sounds: Sounds) -> Sounds:
    """The recordings, those of a word with few of them more than once."""
    counts = np.bincount(sounds.labels, minlength=len(LABELS))
    words = [LABELS.index(word) for word in WORDS]
    usual = np.median(counts[words])
    times = np.ones(len(counts), int)
    times[words] = np.clip(usual // np.maximum(counts[words], 1), 1, MOST_REPEATED)
    return sounds.taken(np.repeat(np.arange(len(sounds)), times[sounds.labels]))


def _synthetic(words: Sequence[Sound], labels: Sequence[str]) -> Sounds:
    """Those of the words that synthetic voices say: they belong to no group."""
    spoken = [one for one in words if not one.group]
    names = tuple(f"spoken/{number}" for number in range(len(spoken)))
    numbers = np.array([labels.index(one.label) for one in spoken], np.int64)
    return Sounds(
        [one.samples for one in spoken], numbers, names, names, ("made",) * len(spoken), spoken_clips.training_data
    )


def unseen_speakers(sounds: Sounds) -> list[Experiment]:
    """Train on the speakers of the training split, test on those of the validation split."""
    return given_split(sounds, "unseen speakers, 12 labels", "train", "validation")


def words_alone(experiment: Experiment) -> Experiment:
    """The same of the ten words alone: nothing else is in the training or the test."""
    protocol = experiment.protocol.removesuffix(", 12 labels") + ", the ten words alone"
    words = tuple(LABELS.index(word) for word in WORDS)
    return replace(experiment, protocol=protocol, name=f"{experiment.name}-words", labels=words)


def _pieces(sounds: Sequence[Floats], name: str, label: int, count: int, length: int, seed: int) -> Sounds:
    """Cut clips from random positions in longer sounds."""
    rng = np.random.default_rng((seed, 2))
    waves = [random_piece(sounds, length, rng) for _ in range(count)]
    names = tuple(f"{name}/{number}" for number in range(count))
    return Sounds(waves, np.full(count, label), names, names, ("made",) * count, speech_commands.training_data)
