"""Scenes to learn from: commands in streams, and speech and sounds without any, in all kinds of places and noise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from whipbird.arrays import Floats
from whipbird.formats.annotation import Annotation
from whipbird_train.datasets.clips import fit_length
from whipbird_train.datasets.speech_commands import SILENCE, UNKNOWN, WORDS
from whipbird_train.examples.augment import faster, rms, scale_to_dbfs
from whipbird_train.examples.places import Places
from whipbird_train.soundscapes.clip_order import Sound
from whipbird_train.soundscapes.crossfade import joined
from whipbird_train.soundscapes.mix import MixSettings, build

__all__ = ["Scene", "Scenes", "Speech"]

WORDS_IN_SCENE = 60
OTHER_WORDS = 0.25  # share of the words
STREAM = MixSettings(gap_s=(0.1, 1.6), level_dbfs=(-30.0, -18.0), snr_db=None, runs=0.25, cut=0.05)
SPEEDS = (0.88, 1.14)
PAUSE_S = (0.1, 1.0)
SPEECH_S = 120.0
NOISY, SNR_DB = 0.7, (-2.0, 28.0)
PAUSE = 0.1  # of the loudest sample: what is quieter does not count for the level
BABBLE = 0.25  # share of the noise
LEVEL_DBFS = (-45.0, -12.0)
MARGIN_S = 0.05  # cut out on both sides of a command


@dataclass(frozen=True, eq=False)
class Scene:
    """Sound, and what is in it.

    Attributes
    ----------
    sound : array, shape (samples,)
    truth : sequence of Annotation
        All commands. Near an uncertain one, nothing is learned.
    others : sequence of Annotation
        Other words, where they are known one by one.
    label : str
        What is to be heard where there are none of these: silence, or unknown words.
    """

    sound: Floats
    truth: Sequence[Annotation]
    others: Sequence[Annotation] = ()
    label: str = SILENCE


@dataclass(frozen=True, eq=False)
class Speech:
    """A piece of speech that is not addressed to a machine.

    Attributes
    ----------
    commands : sequence of Annotation
        Commands that are in it all the same.
    """

    samples: Floats
    commands: Sequence[Annotation] = ()

    def without_commands(self, rate_hz: int) -> list[Floats]:
        """What is between the commands, each at least a second long; a shorter piece without any is padded."""
        if not self.commands:
            return [fit_length(self.samples, max(len(self.samples), rate_hz))]
        edges = [0]
        for said in self.commands:
            edges += [round((said.begin_s - MARGIN_S) * rate_hz), round((said.end_s + MARGIN_S) * rate_hz)]
        edges.append(len(self.samples))
        pieces = [self.samples[max(begin, 0) : max(end, 0)] for begin, end in zip(edges[::2], edges[1::2], strict=True)]
        return [piece for piece in pieces if len(piece) >= rate_hz]


@dataclass(frozen=True, eq=False)
class Scenes:
    """What scenes are made of.

    Attributes
    ----------
    words : sequence of Sound
        Commands and other words of many voices; synthetic ones have an empty group.
    speech : sequence of sequences of Speech
        One sequence for each voice or collection.
    noises, babble : sequence of arrays, shape (samples,)
    """

    words: Sequence[Sound] = field(repr=False)
    speech: Sequence[Sequence[Speech]] = field(repr=False)
    noises: Sequence[Floats] = field(repr=False)
    babble: Sequence[Floats] = field(repr=False)
    places: Places
    rate_hz: int

    def of_words(self, count: int, seed: int) -> Iterator[Scene]:
        """Streams of words, every command equally often."""
        of_label = {label: [one for one in self.words if one.label == label] for label in (UNKNOWN, *WORDS)}
        shares = np.array([OTHER_WORDS, *[(1 - OTHER_WORDS) / len(WORDS)] * len(WORDS)])
        for number in range(count):
            rng = np.random.default_rng((seed, 0, number))
            chosen = []
            for label in rng.choice((UNKNOWN, *WORDS), WORDS_IN_SCENE, p=shares / shares.sum()):
                one = of_label[str(label)][int(rng.integers(len(of_label[str(label)])))]
                speed = rng.uniform(*SPEEDS)
                chosen.append(replace(one, samples=self.places.sound(faster(one.samples, speed), rng)))
            sound, truth = build(chosen, (), STREAM, int(rng.integers(1 << 31)))
            heard, voices = self._noisy(sound, NOISY, SNR_DB, rng)
            words = [one for one in truth if one.label in WORDS]
            others = [one for one in truth if one.label not in WORDS]
            yield Scene(heard, words, others, UNKNOWN if voices else SILENCE)

    def of_speech(self, seed: int) -> Iterator[Scene]:
        """All speech once, each collection in an order of its own."""
        for number, collection in enumerate(self.speech):
            rng = np.random.default_rng((seed, 1, number))
            pieces: list[Floats] = []
            truth: list[Annotation] = []
            length = 0
            for chosen in rng.permutation(len(collection)):
                one, speed = collection[chosen], rng.uniform(*SPEEDS)
                begin_s = length / self.rate_hz
                truth += [
                    Annotation(begin_s + said.begin_s / speed, begin_s + said.end_s / speed, f"{said.label}?")
                    for said in one.commands
                ]
                pause = np.zeros(round(rng.uniform(*PAUSE_S) * self.rate_hz), np.float32)
                pieces += [scale_to_dbfs(faster(one.samples, speed), rng.uniform(-30, -20)), pause]
                length += len(pieces[-2]) + len(pause)
                if length > SPEECH_S * self.rate_hz:
                    yield self._of_speech(pieces, truth, rng)
                    pieces, truth, length = [], [], 0
            if pieces:
                yield self._of_speech(pieces, truth, rng)

    def of_noise(self, seed: int) -> Iterator[Scene]:
        """Every noise and every babble once."""
        rng = np.random.default_rng((seed, 2))
        labelled = [(noise, SILENCE) for noise in self.noises] + [(voices, UNKNOWN) for voices in self.babble]
        for noise, label in labelled:
            sound = self.places.sound(faster(noise, rng.uniform(*SPEEDS)), rng)
            yield Scene(_at_level(sound, rng), (), label=label)

    def _of_speech(self, pieces: Sequence[Floats], truth: Sequence[Annotation], rng: np.random.Generator) -> Scene:
        sound, _ = self._noisy(self.places.sound(np.concatenate(pieces), rng), NOISY, SNR_DB, rng)
        return Scene(sound, truth, label=UNKNOWN)

    def _noisy(
        self, sound: Floats, share: float, snr_db: tuple[float, float], rng: np.random.Generator
    ) -> tuple[Floats, bool]:
        """Sound, a share of the times with noise, at a random level, and whether the noise is voices."""
        voices = False
        if rng.random() < share:
            voices = bool(self.babble) and rng.random() < BABBLE
            noises = self.babble if voices else self.noises
            level = 20 * np.log10(rms(sound[np.abs(sound) > PAUSE * np.abs(sound).max()]))
            sound = sound + joined(noises, len(sound), self.rate_hz, level - rng.uniform(*snr_db), rng)
        return _at_level(sound, rng), voices


def _at_level(sound: Floats, rng: np.random.Generator) -> Floats:
    return np.clip(scale_to_dbfs(sound, rng.uniform(*LEVEL_DBFS)), -1, 1).astype(np.float32)
