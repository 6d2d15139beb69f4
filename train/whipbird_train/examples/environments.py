"""Training examples of environmental sounds: windows of log-mel features, cut and changed at random.

UrbanSound8K has many clips of few recordings, so every class is drawn equally often, and within it every recording.
"""

from __future__ import annotations

import hashlib
import inspect

import numpy as np

from whipbird.arrays import Doubles, Floats, Integers
from whipbird.models.card import TrainingData
from whipbird.models.frontends.base import FrontEnd
from whipbird_train.datasets.clips import repeated
from whipbird_train.examples.augment import faster
from whipbird_train.examples.labelled_sounds import Sounds

__all__ = ["EnvironmentExamples", "chances"]


COPIES = 4  # copies of each clip at other speeds, in addition to the original
SPEED = (0.78, 1.28)  # and pitch with it
EQUALIZER_DB = 6.0  # standard deviation at six points over the bands
MOST_BANDS = 3  # greatest shift of the spectrum, up or down
NOISE_SHARE = 0.4  # share of the windows to which steady coloured noise is added
BELOW_LOUD_DB = (0.0, 40.0)  # level of the noise below the 90th percentile of the window
FLOOR = np.float32(1e-12)


class EnvironmentExamples:
    """Makes examples, as features in decibels relative to the mean of the window.

    Parameters
    ----------
    sounds : Sounds
        Clips of equal length.
    frontend : FrontEnd
    window : int
        Length of the window in frames.
    seed : int
    training : list of TrainingData
        Entries of the card for the recordings.
    """

    makes_features = True

    def __init__(
        self, sounds: Sounds, frontend: FrontEnd, window: int, seed: int, training: list[TrainingData]
    ) -> None:
        self._labels = sounds.labels
        self._chances = chances(sounds.groups, sounds.labels)
        self._window = window
        self.training = training
        rng = np.random.default_rng(seed)
        self._copies = [[frontend.whole(wave) for wave in sounds.waves]]
        for _ in range(COPIES):
            self._copies.append([frontend.whole(_turned(wave, rng)) for wave in sounds.waves])
        code = inspect.getsource(EnvironmentExamples) + inspect.getsource(_noisy) + inspect.getsource(_turned)
        self.key = hashlib.sha256(f"{sounds.key} {window} {seed} {code}".encode()).hexdigest()

    def __len__(self) -> int:
        return len(self._labels)

    def __call__(self, index: int, rng: np.random.Generator) -> tuple[Floats, int]:
        clip = int(rng.choice(len(self._labels), p=self._chances))
        features = self._copies[rng.integers(COPIES + 1)][clip]
        start = rng.integers(len(features) - self._window + 1)
        window = features[start : start + self._window]
        window = window - window.mean()
        bands = window.shape[1]
        window = window[:, np.clip(np.arange(bands) - rng.integers(-MOST_BANDS, MOST_BANDS + 1), 0, bands - 1)]
        window = window + _curve(rng.normal(0, EQUALIZER_DB, 6), bands)
        if rng.random() < NOISE_SHARE:
            window = _noisy(window, rng)
        return window.astype(np.float32), int(self._labels[clip])


def chances(groups: tuple[str, ...], labels: Integers) -> Doubles:
    """Probability of each clip, such that labels are equally frequent, and the groups within a label."""
    pairs = [f"{label} {group}" for label, group in zip(labels, groups, strict=True)]
    _, pair, counts = np.unique(pairs, return_inverse=True, return_counts=True)
    chance = 1 / counts[pair]
    for label in np.unique(labels):
        chance[labels == label] /= chance[labels == label].sum()
    total: Doubles = chance / chance.sum()
    return total


def _turned(wave: Floats, rng: np.random.Generator) -> Floats:
    """A copy of equal length, at another speed, rotated by a random offset."""
    speed = float(np.exp(rng.uniform(*np.log(SPEED))))
    turned = np.roll(wave, rng.integers(len(wave)))
    return repeated(faster(turned, speed), len(wave))


def _noisy(window: Floats, rng: np.random.Generator) -> Floats:
    level = np.percentile(window, 90) - rng.uniform(*BELOW_LOUD_DB)
    colour = _curve(rng.normal(0, 6, 4), window.shape[1])
    noise = 10 ** ((level + colour) / 10) * rng.gamma(2.0, 0.5, window.shape)
    return 10 * np.log10(10 ** (window / 10) + noise + FLOOR)


def _curve(points: Doubles, bands: int) -> Doubles:
    return np.interp(np.arange(bands), np.linspace(0, bands - 1, len(points)), points)
