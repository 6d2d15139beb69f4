"""The shipped keyword model: log-mel at 16 kHz into a broadcast-residual network that learns from a larger one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial, reduce
from operator import add
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
from whipbird_train.datasets import city_sounds, read_speech, running_speech, speech_commands
from whipbird_train.datasets.speech_commands import LABELS, SILENCE, UNKNOWN, WORDS
from whipbird_train.evaluate.calibration import calibrated_card, chosen_points, count
from whipbird_train.evaluate.left_out import left_out
from whipbird_train.evaluate.matching import WORDS as MATCHING
from whipbird_train.examples.augment import Augmenter, make_babble, random_piece
from whipbird_train.examples.labelled_sounds import Sounds, load_sounds
from whipbird_train.examples.words import Mixture, WordExamples
from whipbird_train.export.write_bundle import EMBEDDINGS
from whipbird_train.fitting.batches import Variation
from whipbird_train.fitting.fit import FitSettings
from whipbird_train.frontend_matrices import build_frontend
from whipbird_train.networks.assembly import body_of
from whipbird_train.networks.bc_resnet import bc_resnet, frames_for
from whipbird_train.networks.layers import scores_of
from whipbird_train.networks.streaming import Stretches, Time, Windows, step_network
from whipbird_train.second.train import SecondSettings, add_second
from whipbird_train.soundscapes.strangers import readers_speech
from whipbird_train.soundscapes.word_streams import choosing_streams
from whipbird_train.streams.material import read_scenes
from whipbird_train.streams.stretches import StretchSettings
from whipbird_train.streams.training import StreamExamples, StreamSettings, scenes_of, train_on_streams
from whipbird_train.study.protocols import given_split
from whipbird_train.study.recipe import Experiment, Recipe, Study, Training

__all__ = [
    "among_strangers",
    "command_examples",
    "commands",
    "read_commands",
    "recipe",
    "unseen_speakers",
    "with_second",
    "words_network",
]

log = logging.getLogger(__name__)


RATE_HZ = 16_000
FRONTEND = LogMelSettings(frame=480, step=160, fft=512, bands=40, low_hz=20, high_hz=8000)
WIDTH = 4.0  # times the paper's smallest network
WINDOWS = Windows()
COLUMNS = 40  # in the mean that gives a score: 0.8 s
HOP = 6  # frames
WINDOW = frames_for(COLUMNS)  # 2.05 s
REFERENCE_S = 0.4  # from the middle of a word to the end of the windows by which it is detected
DEBOUNCE = DebounceSettings(smooth_s=0.24, release_s=0.1, refractory_s=0.2)
FALSE_PER_HOUR = 1.0  # at the balanced operating point

SCORES = 32  # in a stretch that is trained on
STREAMS = StreamSettings(
    word_scenes=1000,
    passes=3,
    stretches=StretchSettings(
        scores=SCORES,
        hop=HOP,
        first=WINDOW,
        shares={"words": 0.55, "speech": 0.38, "noise": 0.07},
        stretches=8000,
        batch=8,
    ),
    rounds=(
        FitSettings(epochs=26, optimizer="adam", peak_rate=2e-3, warmup_epochs=1, weight_decay=0.01),
        FitSettings(epochs=6, optimizer="adam", peak_rate=5e-4, warmup_epochs=1, weight_decay=0.01),
    ),
    mistakes=0.25,
)
SECOND = SecondSettings(
    Second(window=WINDOW, ask_from=0.3, weight=0.6),
    hears_from=0.2,
    epochs=2,
    windows=12_000,
    head=FitSettings(
        epochs=16, batch=64, optimizer="adam", peak_rate=1e-3, warmup_epochs=2, weight_decay=0.01, label_smoothing=0.02
    ),
    whole=FitSettings(
        epochs=8,
        batch=32,
        optimizer="adam",
        peak_rate=3e-4,
        warmup_epochs=1,
        weight_decay=0.01,
        label_smoothing=0.02,
        variation=Variation(masks=2, mask_frames=12),
    ),
)
SECOND_WORDS, SECOND_PASSES = 200, 2  # see `StreamSettings`; others than those that the first network learns from
RECORDINGS = 300  # by which the bands are turned into those of the speech embedding
BABBLES = 8  # mixtures of voices, of 20 s each
BABBLE_CLIPS = 200  # seconds of babble among the unknown examples


def recipe() -> Recipe:
    return commands(
        name="commands",
        against="unreported",
        licence="CC BY 4.0",
        description="Ten spoken English commands: down, go, left, no, off, on, right, stop, up, yes.",
        limits="In running speech and in noise it takes some syllables for commands, and misses more words: see the "
        "figures above, and choose --sensitivity strict where people talk beside it. English only.",
        rate_hz=RATE_HZ,
        frontend=FRONTEND,
        window=WINDOW,
        reference_s=REFERENCE_S,
        network=lambda labels: words_network(WINDOW, labels, WINDOWS),
        settings=STREAMS.rounds[0],
        examples=_examples,
        experiments=unseen_speakers,
        kind=_Commands,
    )


def words_network(
    frames: int | None, labels: int, time: Time, head: Callable[[Any, int], Any] = scores_of
) -> keras.Model:
    """The network of the commands, and of words that are learned after them: see `bc_resnet`."""
    return bc_resnet(frames, FRONTEND.bands, labels, WIDTH, COLUMNS, HOP, time, head)


class _Commands(Recipe):
    """A network in steps, trained on streams, that can be trained further; streams choose the thresholds."""

    def conditions(self, labels: tuple[str, ...], settings: FitSettings, seed: int) -> tuple[object, ...]:
        return (*super().conditions(labels, settings, seed), STREAMS)

    def train(self, training: Training) -> None:
        assert isinstance(training.examples, StreamExamples)
        network = words_network(STREAMS.stretches.frames, len(training.labels), Stretches())
        words = [training.labels.index(word) for word in WORDS]
        rounds = STREAMS.rounds if training.settings == STREAMS.rounds[0] else (training.settings,)
        train_on_streams(
            network, training.examples, replace(STREAMS, rounds=rounds), training.frontend, training.labels, words,
            RATE_HZ, training.seed, training.folder, training.title,
        )  # fmt: skip

    def in_steps(self, network: keras.Model) -> keras.Model:
        def build(time: Time) -> keras.Model:
            return words_network(None, len(LABELS), time)

        return step_network(build, network)

    def further_arrays(
        self, network: keras.Model, sounds: Sounds, features: Callable[[Sounds], Floats]
    ) -> dict[str, dict[str, NDArray]]:
        """Names of the recordings, and the network's activations before its last layer."""
        activations = body_of(network).predict(features(sounds), batch_size=128, verbose=0)
        return {EMBEDDINGS: {"names": np.array(sounds.names), "activations": activations.astype(np.float16)}}

    def finished(self, card: Card, study: Study, model: Model, unseen: Iterator[tuple[Sounds, Model]]) -> Card:
        card = with_second(model.folder, study.data.parent, study.run / "second", study.seed)
        return among_strangers(card, study.data.parent, Model(str(model.folder)))


def with_second(bundle: Path, data: Path, run: Path, seed: int) -> Card:
    """The card of a bundle after a second network was trained onto it, from the folder of data sets."""
    sounds = read_commands(data / "speech-commands", RATE_HZ)
    taught = sounds.chosen(np.array([split == "train" for split in sounds.splits]))
    made, training = read_scenes(data, taught, seed)
    settings = replace(STREAMS, word_scenes=SECOND_WORDS, passes=SECOND_PASSES)
    frontend = build_frontend(FRONTEND, RATE_HZ)
    by_kind = scenes_of(made, settings, frontend, LABELS, RATE_HZ, seed + 1, run / "scenes")
    rng = np.random.default_rng(seed)
    scenes = [one for kind in sorted(by_kind) for one in by_kind[kind]]
    mixed = [scenes[number] for number in rng.permutation(len(scenes))]
    speech = [taught.waves[number] for number in rng.permutation(len(taught))[:RECORDINGS]]
    return add_second(bundle, mixed, speech, training, SECOND, run, seed)


def among_strangers(card: Card, data: Path, model: Model) -> Card:
    """The card with thresholds chosen on streams, background and readers, and with what strangers will get."""
    needed = (running_speech.NAME, read_speech.NAME, city_sounds.NAME, "capuchinbird")
    missing = [name for name in needed if not (data / name).is_dir()]
    if missing:
        log.warning("choosing thresholds on single clips only: no %s in %s", ", ".join(missing), data)
        return card
    others = count(choosing_streams(data, model), card, MATCHING)
    readers = [count(own, card, MATCHING) for own in readers_speech(data, model).values()]
    strangers = left_out(readers, others, card, FALSE_PER_HOUR)
    card = calibrated_card(card, chosen_points(reduce(add, readers, others), card, FALSE_PER_HOUR))
    found = {name: rate.as_dict() for name, rate in strangers.items()}
    return card.model_copy(update={"results": card.results | {"strangers": found}})


def commands(rate_hz: int, kind: type[Recipe] = Recipe, **differing: Any) -> Recipe:
    """A recipe for the ten commands, with the attributes that all of them share."""
    return kind(
        labels=LABELS,
        reported=WORDS,
        rate_hz=rate_hz,
        hop_s=0.06,
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
) -> WordExamples:
    """Training examples of commands; ``training`` lists the card's entries where there are more than these sounds."""
    silence, unknown = (labels.index(label) if label in labels else None for label in (SILENCE, UNKNOWN))
    voices = [wave for wave, label in zip(sounds.waves, sounds.labels, strict=True) if label != silence]
    babble = make_babble(voices, BABBLES, 20 * rate_hz, np.random.default_rng(seed))
    training = training or [sounds.training(len(sounds))]
    if unknown is not None:
        sounds = sounds.joined(_pieces(babble, "babble", unknown, BABBLE_CLIPS, rate_hz, seed))
    augmenter = Augmenter(sounds.backgrounds, rate_hz, babble, shift_s=shift_s, to_end=to_end)
    return WordExamples(sounds, rate_hz, augmenter, mixture, silence, unknown, training, speech)


def _examples(folder: Path, sounds: Sounds, labels: Sequence[str], seed: int) -> StreamExamples:
    """Scenes with the commands, and all else that may be trained on."""
    return StreamExamples(*read_scenes(folder.parent, sounds, seed))


def unseen_speakers(sounds: Sounds, words_alone: bool = False) -> list[Experiment]:
    """Train on the speakers of the training split, test on those of the validation split."""
    if not words_alone:
        return given_split(sounds, "unseen speakers, 12 labels", "train", "validation")
    [experiment] = given_split(sounds, "unseen speakers, the ten words alone", "train", "validation")
    words = tuple(LABELS.index(word) for word in WORDS)
    return [replace(experiment, name="ten-words", labels=words)]


def _pieces(sounds: Sequence[Floats], name: str, label: int, count: int, length: int, seed: int) -> Sounds:
    """Cut clips from random positions in longer sounds."""
    rng = np.random.default_rng((seed, 2))
    waves = [random_piece(sounds, length, rng) for _ in range(count)]
    names = tuple(f"{name}/{number}" for number in range(count))
    return Sounds(waves, np.full(count, label), names, names, ("made",) * count, speech_commands.training_data)
