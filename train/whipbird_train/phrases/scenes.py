"""Scenes of phrases: said among other words, in all kinds of places and noise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from whipbird.arrays import Floats
from whipbird_train.datasets.speech_commands import SILENCE, UNKNOWN
from whipbird_train.examples.augment import faster
from whipbird_train.phrases.background import Background
from whipbird_train.soundscapes.clip_order import Sound
from whipbird_train.soundscapes.mix import MixSettings, build
from whipbird_train.streams.scenes import SPEEDS, Scene, Scenes

__all__ = ["Kinds", "PhraseScenes"]

Kinds = Sequence[tuple[float, Sequence[Floats]]]
"""Clips by kind of voice, each kind with its share."""

IN_SCENE = 40
PHRASES, NEAR = 0.55, 0.3  # shares; the rest are pieces of other speech
PIECE_S = (0.3, 1.5)
NOISY, SNR_DB = 0.9, (-5.0, 20.0)  # of scenes of phrases; with less noise, a third more are missed at 10 dB
STREAM = MixSettings(gap_s=(0.15, 1.6), level_dbfs=(-30.0, -18.0), snr_db=None, runs=0.2, cut=0.06)


@dataclass(frozen=True, eq=False)
class PhraseScenes(Scenes):
    """What scenes are made of.

    Attributes
    ----------
    phrases, near : mapping of str to Kinds
        Clips of each phrase, and of what sounds like it.
    """

    phrases: Mapping[str, Kinds] = field(repr=False, kw_only=True)
    near: Mapping[str, Kinds] = field(repr=False, kw_only=True)

    @classmethod
    def of(
        cls, background: Background, phrases: Mapping[str, Kinds], near: Mapping[str, Kinds], rate_hz: int
    ) -> PhraseScenes:
        """Scenes with a background."""
        return cls(
            (),
            background.speech,
            background.noises,
            background.babble,
            background.places,
            rate_hz,
            phrases=phrases,
            near=near,
        )

    def of_phrases(self, count: int, seed: int) -> Iterator[Scene]:
        """Streams of phrases, all equally often, among what sounds like them and pieces of other speech."""
        for number in range(count):
            rng = np.random.default_rng((seed, 3, number))
            sounds = [self._one(rng) for _ in range(IN_SCENE)]
            stream, truth = build(sounds, (), STREAM, int(rng.integers(1 << 31)))
            heard, voices = self._noisy(stream, NOISY, SNR_DB, rng)
            said = [one for one in truth if one.label in self.phrases]
            others = [one for one in truth if one.label not in self.phrases]
            yield Scene(heard, said, others, UNKNOWN if voices else SILENCE)

    def _one(self, rng: np.random.Generator) -> Sound:
        kind = rng.random()
        label = str(rng.choice(list(self.phrases)))
        if kind < PHRASES:
            samples = _drawn(self.phrases[label], rng)
        elif kind < PHRASES + NEAR:
            samples, label = _drawn(self.near[label], rng), UNKNOWN
        else:
            samples, label = self._piece(rng), UNKNOWN
        return Sound(self.places.sound(faster(samples, rng.uniform(*SPEEDS)), rng), label)

    def _piece(self, rng: np.random.Generator) -> Floats:
        """A piece of somebody's speech, without any phrase."""
        while True:
            collection = self.speech[int(rng.integers(len(self.speech)))]
            pieces = collection[int(rng.integers(len(collection)))].without_commands(self.rate_hz)
            if pieces:
                piece, length = pieces[int(rng.integers(len(pieces)))], round(rng.uniform(*PIECE_S) * self.rate_hz)
                start = int(rng.integers(max(1, len(piece) - length)))
                if piece[start : start + length].any():
                    return piece[start : start + length]


def _drawn(kinds: Kinds, rng: np.random.Generator) -> Floats:
    shares = np.array([share if len(clips) else 0.0 for share, clips in kinds])
    clips = kinds[int(rng.choice(len(kinds), p=shares / shares.sum()))][1]
    return clips[int(rng.integers(len(clips)))]
