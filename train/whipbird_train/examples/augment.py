"""Augmentation: random changes to clips, as on the way to a microphone, and to features that a network should not need.

`Augmenter.sound` changes sound (speed, shift, noise, level, clipping), `mask` changes features. All randomness comes
from a generator that is passed in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import soxr

from whipbird.arrays import Floats
from whipbird_train.datasets.clips import fit_length

__all__ = ["Augmenter", "faster", "loud_bounds", "make_babble", "mask", "random_piece", "rms", "scale_to_dbfs"]


BABBLE = 0.3  # share of the noise that is babble, if there is any babble
FRAME = 160  # samples
QUIET = 10**-2.5  # power of a quiet frame, as a share of the loudest frame's


def rms(samples: Floats) -> float:
    """Root mean square, but no less than a hundredth of a 16-bit step."""
    return max(float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))), 3e-7)


def scale_to_dbfs(samples: Floats, level_dbfs: float) -> Floats:
    """Scale to a root mean square in decibels relative to full scale."""
    return samples * np.float32(10 ** (level_dbfs / 20) / rms(samples))


def faster(samples: Floats, speed: float) -> Floats:
    """Multiply the speed, and with it the pitch, by a factor."""
    return samples if speed == 1 else soxr.resample(samples, speed, 1, quality="LQ")


def loud_bounds(clip: Floats) -> tuple[int, int]:
    """Start and end of the loud part of a clip, in samples; at least a tenth of a second at 16 kHz."""
    frames = clip[: len(clip) // FRAME * FRAME].reshape(-1, FRAME)
    levels = np.square(frames).mean(axis=1)
    loud = np.flatnonzero(levels >= levels.max() * QUIET)
    first, last = int(loud[0]), int(loud[-1]) + 1
    return first * FRAME, min(max(last, first + 10) * FRAME, len(clip))


@dataclass(frozen=True)
class Augmenter:
    """Random changes to one clip of sound.

    Attributes
    ----------
    backgrounds : sequence of arrays, shape (samples,)
        Long noises, at the clips' rate.
    rate_hz : int
    babble : sequence of arrays, shape (samples,)
        Many voices at once: noise for a word, but not silence.
    place : callable, optional
        Puts a clip into a random room, before a random microphone (see `whipbird_train.examples.places.Places.sound`).
    place_share : float
        Share of the clips that are put there.
    speed : (float, float)
        Range of the factor of speed and pitch.
    shift_s : float
        Greatest shift in both directions.
    to_end : bool
        Whether a short word may move later than that, until it ends with the clip, as in the first windows of a stream
        that contain all of it.
    noise_share : float
        Share of the clips that get noise.
    snr_db : (float, float)
        Range of the signal-to-noise ratio.
    level_dbfs : (float, float)
        Range of the final root mean square; samples beyond full scale are clipped, as in a real converter.
    filter_db : float
        Greatest gain or loss at any frequency, as microphones and rooms differ.
    """

    backgrounds: Sequence[Floats] = field(repr=False)
    rate_hz: int
    babble: Sequence[Floats] = field(default=(), repr=False)
    place: Callable[[Floats, np.random.Generator], Floats] | None = field(default=None, repr=False)
    place_share: float = 0.1
    speed: tuple[float, float] = (0.88, 1.12)
    shift_s: float = 0.1
    to_end: bool = False
    noise_share: float = 0.75
    snr_db: tuple[float, float] = (-2.0, 32.0)
    level_dbfs: tuple[float, float] = (-45.0, -8.0)
    filter_db: float = 6.0

    def sound(self, clip: Floats, rng: np.random.Generator) -> Floats:
        """A changed copy of a clip, of the same length. A silent clip becomes background."""
        length = len(clip)
        if rng.random() < 0.7:
            clip = faster(clip, rng.uniform(*self.speed))
        clip = self._shift(fit_length(clip, length), rng)
        if self.place is not None and rng.random() < self.place_share:
            clip = self.place(clip, rng)
        if rng.random() < self.noise_share:
            voices = self.babble and rng.random() < BABBLE
            noise = random_piece(self.babble, length, rng) if voices else self.noise(length, rng)
            clip = clip + scale_to_dbfs(noise, 20 * np.log10(rms(clip)) - rng.uniform(*self.snr_db))
        if self.filter_db:
            clip = self._filtered(clip, rng)
        level = rng.uniform(*self.level_dbfs)
        return np.clip(scale_to_dbfs(clip, level), -1, 1).astype(np.float32)

    def noise(self, length: int, rng: np.random.Generator) -> Floats:
        """A random piece of a background, or coloured noise that may swell and fade."""
        if self.backgrounds and rng.random() < 0.7:
            return random_piece(self.backgrounds, length, rng)
        spectrum = np.fft.rfft(rng.standard_normal(length))
        spectrum *= np.maximum(np.arange(len(spectrum)), 1.0) ** rng.uniform(-1.2, 0.3)
        noise = np.fft.irfft(spectrum, length)
        if rng.random() < 0.5:
            swell_db = rng.normal(0, 6, rng.integers(3, 12))
            noise *= 10 ** (np.interp(np.linspace(0, 1, length), np.linspace(0, 1, len(swell_db)), swell_db) / 20)
        return self._filtered(noise.astype(np.float32), rng)

    def silence(self, length: int, rng: np.random.Generator) -> Floats:
        """A clip without speech: background at any level, digital silence, hum or clicks."""
        kind = rng.random()
        if kind < 0.08:
            return np.zeros(length, np.float32)
        level = rng.uniform(-90.0, -10.0)
        if kind < 0.16:
            return scale_to_dbfs(self._hum(length, rng), level)
        samples = scale_to_dbfs(self.noise(length, rng), level)
        if kind < 0.26:
            clicks = rng.integers(0, length, rng.integers(1, 5))
            samples[clicks] += rng.uniform(-0.8, 0.8, len(clicks)).astype(np.float32)
        if kind > 0.9:  # starts or stops in the middle, as when a device wakes up or a recording ends
            cut = rng.integers(length)
            samples[(slice(None, cut), slice(cut, None))[rng.integers(2)]] = 0
        return np.clip(samples, -1, 1)

    def _filtered(self, clip: Floats, rng: np.random.Generator) -> Floats:
        """Apply a smooth random frequency response, drawn at eight frequencies with logarithmic spacing."""
        spectrum = np.fft.rfft(clip)
        knots = np.geomspace(60, self.rate_hz / 2, 8)
        gains_db = rng.uniform(-self.filter_db, self.filter_db, len(knots))
        hertz = np.linspace(1, self.rate_hz / 2, len(spectrum))
        gain = 10 ** (np.interp(np.log(hertz), np.log(knots), gains_db) / 20)
        return np.fft.irfft(spectrum * gain.astype(np.float32), len(clip)).astype(np.float32)

    def _shift(self, clip: Floats, rng: np.random.Generator) -> Floats:
        reach = round(self.shift_s * self.rate_hz)
        latest = max(reach, len(clip) - loud_bounds(clip)[1]) if self.to_end else reach
        by = round(rng.uniform(-reach, latest))
        shifted = np.zeros_like(clip)
        if by >= 0:
            shifted[by:] = clip[: len(clip) - by]
        else:
            shifted[:by] = clip[-by:]
        return shifted

    def _hum(self, length: int, rng: np.random.Generator) -> Floats:
        time = np.arange(length) / self.rate_hz
        base = rng.choice([50.0, 60.0, rng.uniform(80, 3000)])
        overtones = range(1, rng.integers(2, 8))
        return sum(np.sin(2 * np.pi * (base * k * time + rng.random())) / k for k in overtones).astype(np.float32)


def make_babble(waves: Sequence[Floats], count: int, length: int, rng: np.random.Generator) -> list[Floats]:
    """Make `count` sounds of `length` samples, each of four to eight voices that speak without pause."""
    made = []
    for _ in range(count):
        babble = np.zeros(length, np.float32)
        for _ in range(rng.integers(4, 9)):
            clips: list[Floats] = []
            while sum(map(len, clips)) < 2 * length:
                clips.append(waves[int(rng.integers(len(waves)))])
            start = rng.integers(length)
            babble += scale_to_dbfs(np.concatenate(clips)[start : start + length], rng.uniform(-36, -24))
        made.append(babble)
    return made


def random_piece(sounds: Sequence[Floats], length: int, rng: np.random.Generator) -> Floats:
    """`length` samples of one of several sounds, from a random position."""
    sound = sounds[int(rng.integers(len(sounds)))]
    start = rng.integers(max(1, len(sound) - length))
    return fit_length(sound[start : start + length], length)


def mask(features: Floats, rng: np.random.Generator, times: int = 1, frames: int = 10, bands: int = 4) -> None:
    """Replace random segments of time and of frequency by the window's mean, in place (SpecAugment, arXiv 1904.08779).

    Parameters
    ----------
    features : array, shape (frames, bands)
    times : int
        Masks of each kind.
    frames, bands : int
        Greatest width of a mask.
    """
    fill = features.mean()
    for _ in range(times):
        width = rng.integers(0, frames + 1)
        start = rng.integers(0, features.shape[0] - width + 1)
        features[start : start + width] = fill
        width = rng.integers(0, bands + 1)
        start = rng.integers(0, features.shape[1] - width + 1)
        features[:, start : start + width] = fill
