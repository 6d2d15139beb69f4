"""Training examples of spoken words for recognition of any voice, made of power spectra.

Few speakers are turned into many: a simulated vocal tract of another length moves the formants (vocal tract length
perturbation, Jaitly and Hinton 2013), other speeds change pitch and pace, and synthetic voices add speakers.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from whipbird.arrays import Floats
from whipbird.models.card import TrainingData
from whipbird.models.frontends.base import FrontEnd
from whipbird_train.examples.augment import faster
from whipbird_train.examples.labelled_sounds import Sounds
from whipbird_train.examples.mel_augment import MelAugmenter, cut

__all__ = ["VoiceExamples", "trimmed", "warped"]

Rng = np.random.Generator

SPEEDS = (0.85, 0.92, 1.0, 1.08, 1.17)
WARPS = np.geomspace(0.82, 1.22, 17)  # factors of frequency
PACE = 0.2  # logarithm of the greatest factor of a word's duration
MARGIN_S = 0.05  # left before and after a word
OFFSET_S = 0.1  # greatest distance of a word's middle from that of the window


def warped(mel: Floats, factor: float) -> Floats:
    """Mel matrix, shape (bands, bins), with all frequencies multiplied by a factor."""
    bins = np.arange(mel.shape[1])
    moved = np.stack([np.interp(bins / factor, bins, row, right=0) for row in mel]) / factor
    empty = moved.sum(axis=1) < 1e-6  # bands above the highest frequency copy the last one below it
    moved[empty] = moved[np.flatnonzero(~empty)[-1]]
    return moved.astype(np.float32)


def trimmed(wave: Floats, rate_hz: int) -> Floats:
    """Remove near silence at both ends, except a margin."""
    width = rate_hz // 50
    level = np.sqrt(np.convolve(np.square(wave), np.full(width, 1 / width), "same"))
    loud = np.flatnonzero(level > 0.03 * level.max())
    if not len(loud):
        return wave
    margin = round(MARGIN_S * rate_hz)
    return wave[max(0, loud[0] - margin) : loud[-1] + margin]


class VoiceExamples:
    """Makes examples, as features in decibels, of one word each.

    Parameters
    ----------
    sets : sequence of (Sounds, float)
        Recordings, and their relative frequency in the examples.
    backgrounds : sequence of arrays, shape (samples,)
    frontend : FrontEnd
        A log-mel front end.
    matrices : mapping
        Window and mel matrices of the front end.
    window : int
        Length of the window in frames.
    rate_hz : int
    count : int
        Examples in an epoch.
    training : list of TrainingData
        Entries of the card for the recordings.
    """

    makes_features = True

    def __init__(
        self,
        sets: Sequence[tuple[Sounds, float]],
        backgrounds: Sequence[Floats],
        frontend: FrontEnd,
        matrices: Mapping[str, Floats],
        window: int,
        rate_hz: int,
        count: int,
        training: list[TrainingData],
    ) -> None:
        self._augmenter = MelAugmenter(frontend, window, rate_hz)
        self._window = matrices["window"]
        self._step = frontend.step
        self._offset = round(OFFSET_S * rate_hz / frontend.step)
        self._mels = [warped(matrices["mel"], factor).T for factor in WARPS]
        self._count = count
        self.training = training
        self._labels = [sounds.labels for sounds, _ in sets]
        self._spectra = [[self._variants(trimmed(wave, rate_hz)) for wave in sounds.waves] for sounds, _ in sets]
        shares = np.array([share for _, share in sets])
        self._shares = shares / shares.sum()
        self._backgrounds = [self._augmenter.powers(wave) for wave in backgrounds]
        code = inspect.getsource(VoiceExamples) + inspect.getsource(MelAugmenter)
        keys = [sounds.key for sounds, _ in sets]
        self.key = hashlib.sha256(f"{keys} {shares} {len(backgrounds)} {window} {count} {code}".encode()).hexdigest()

    def __len__(self) -> int:
        return self._count

    def __call__(self, index: int, rng: Rng) -> tuple[Floats, int]:
        augmenter = self._augmenter
        chosen = int(rng.choice(len(self._spectra), p=self._shares))
        clip = int(rng.integers(len(self._spectra[chosen])))
        variants = self._spectra[chosen][clip]
        power = variants[rng.integers(len(variants))] @ self._mels[rng.integers(len(self._mels))]
        power = self._placed(_stretched(power, np.exp(rng.uniform(-PACE, PACE))), rng)
        loud = np.sort(power.mean(axis=1))[-25:].mean() + 1e-12
        power = power / loud * augmenter.gains(rng, 6)
        if rng.random() < 0.3:
            power = augmenter.reverberated(power, rng)
        if rng.random() < 0.7:
            power = power + self._noise(rng) * np.float32(10 ** (-rng.uniform(5, 40) / 10))
        hiss = augmenter.noise(rng, white=True) * 10 ** rng.uniform(-10, -7.5)
        decibels = 10 * np.log10(np.maximum(power * 10 ** rng.uniform(-5, 1) + hiss, 1e-10))
        features = augmenter.masked(decibels.astype(np.float32), rng, most_frames=12, most_bands=5)
        return features, int(self._labels[chosen][clip])

    def _variants(self, wave: Floats) -> list[Floats]:
        """Power spectra of a word, shape (frames, bins), at several speeds."""
        spectra = []
        for speed in SPEEDS:
            padded = np.pad(faster(wave, speed), len(self._window))
            frames = sliding_window_view(padded, len(self._window))[:: self._step]
            spectra.append(np.square(np.abs(np.fft.rfft(frames * self._window))).astype(np.float32))
        return spectra

    def _placed(self, power: Floats, rng: Rng) -> Floats:
        """Place a word near the middle of the window."""
        frames = self._augmenter.frames
        start = (frames - len(power)) // 2 + int(rng.integers(-self._offset, self._offset + 1))
        return cut(power, -start, frames)

    def _noise(self, rng: Rng) -> Floats:
        frames = self._augmenter.frames
        if self._backgrounds and rng.random() < 0.6:
            power = self._backgrounds[rng.integers(len(self._backgrounds))]
            start = rng.integers(max(1, len(power) - frames))
            power = np.resize(power[start : start + frames], (frames, power.shape[1]))
        else:
            power = self._augmenter.noise(rng)
        return power / (power.mean() + np.float32(1e-12))


def _stretched(power: Floats, factor: float) -> Floats:
    """Interpolate to a multiple of the number of frames."""
    at = np.linspace(0, len(power) - 1, max(5, round(len(power) * factor)))
    low = np.minimum(at.astype(int), len(power) - 2)
    part = (at - low)[:, None].astype(np.float32)
    stretched: Floats = power[low] * (1 - part) + power[low + 1] * part
    return stretched
