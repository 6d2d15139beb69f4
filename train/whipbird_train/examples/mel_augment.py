"""Augmentation of mel powers: mixing, filtering and reverberation there cost a tenth of what they cost on samples.

Cross terms between a sound and its background are lost, with no measured harm. Powers are linear, of shape (frames,
bands), and are converted to decibels last. All randomness comes from a generator that is passed in.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from whipbird.arrays import Doubles, Floats
from whipbird.models.frontends.base import FrontEnd

__all__ = ["MelAugmenter", "cut"]

Rng = np.random.Generator


def cut(power: Floats, start: int, frames: int) -> Floats:
    """`frames` frames from a start, with zeros beyond both ends."""
    piece = np.zeros((frames, power.shape[1]), np.float32)
    first, end = max(0, start), min(len(power), start + frames)
    if end > first:
        piece[first - start : end - start] = power[first:end]
    return piece


class MelAugmenter:
    """Makes and changes mel powers of one window.

    Parameters
    ----------
    frontend : FrontEnd
        A log-mel front end.
    frames : int
        Length of the window in frames.
    rate_hz : int
    """

    def __init__(self, frontend: FrontEnd, frames: int, rate_hz: int) -> None:
        self._frontend = frontend
        self.frames = frames
        self.bands = frontend.width
        self.rate_hz = rate_hz

    def powers(self, samples: Floats) -> Floats:
        """Powers of a sound, shape (frames, bands)."""
        powers: Floats = np.power(np.float32(10), self._frontend.whole(samples) / 10)
        return powers

    def gains(self, rng: Rng, most_db: float) -> Floats:
        """Gains of a smooth random filter, shape (bands,)."""
        x = np.linspace(-1, 1, self.bands)
        gain_db = rng.uniform(-most_db, most_db) * x
        for ripple in (1, 2, 3):
            gain_db = gain_db + rng.normal() * most_db / 4 * np.sin(np.pi * ripple * x / 2 + rng.uniform(0, 2 * np.pi))
        return (10 ** (gain_db / 10)).astype(np.float32)

    def reverberated(self, power: Floats, rng: Rng) -> Floats:
        """Add reverberation that decays by 60 dB in 0.2 to 1.5 s."""
        decay = 10 ** (-6 / (rng.uniform(0.2, 1.5) * self.rate_hz / self._frontend.step))
        tail: Floats = lfilter([0, 1 - decay], [1, -decay], power, axis=0).astype(np.float32)
        return power + tail * np.float32(10 ** rng.uniform(-1, 0.3))

    def noise(self, rng: Rng, white: bool = False) -> Floats:
        """Steady noise, with the fluctuations of noise in mel bands; sometimes it swells."""
        power: Floats = rng.gamma(1.7, 1 / 1.7, (self.frames, self.bands)).astype(np.float32)
        if not white:
            power = power * self.gains(rng, 12)
            if rng.random() < 0.3:
                swell = rng.uniform(0, 1.5) * np.sin(np.linspace(0, rng.uniform(1, 12), self.frames))
                power = power * (10**swell).astype(np.float32)[:, None]
        return power

    def masked(self, decibels: Floats, rng: Rng, most_frames: int, most_bands: int) -> Floats:
        """Shift by up to one band, and replace up to `most_frames` frames and `most_bands` bands by the mean."""
        decibels = np.roll(decibels, rng.integers(-1, 2), axis=1)
        if rng.random() < 0.5:
            fill = decibels.mean()
            frames, bands = rng.integers(0, most_frames + 1), rng.integers(0, most_bands + 1)
            first, lowest = rng.integers(0, self.frames - frames), rng.integers(0, self.bands - bands)
            decibels[first : first + frames] = fill
            decibels[:, lowest : lowest + bands] = fill
        return decibels

    def synthetic(self, rng: Rng, low_hz: float, high_hz: float, spared_hz: tuple[float, float]) -> Floats:
        """Silence, hums with overtones, ringing chords, whistles or clicks over a little noise.

        Parameters
        ----------
        low_hz, high_hz : float
            Range of chords and whistles.
        spared_hz : (float, float)
            Range of fundamentals that hums avoid: those of the sound to detect.
        """
        kind = rng.random()
        samples = self._frontend.span(self.frames)
        if kind < 0.1:
            return np.zeros((self.frames, self.bands), np.float32)
        time = np.arange(samples) / self.rate_hz
        if kind < 0.5:
            sound = _hum(time, rng, high_hz, spared_hz)
        elif kind < 0.65:
            sound = _chord(time, rng, low_hz, high_hz)
        elif kind < 0.8:
            sound = _whistles(time, rng, low_hz, high_hz)
        else:
            sound = np.zeros(samples)
            sound[rng.integers(0, samples, rng.integers(1, 12))] = rng.uniform(-1, 1)
        return self.powers(sound.astype(np.float32)) + self.noise(rng) * np.float32(10 ** rng.uniform(-6, -1))


def _hum(time: Doubles, rng: Rng, high_hz: float, spared_hz: tuple[float, float]) -> Doubles:
    low, high = spared_hz
    base = rng.choice([50.0, 60.0, 100.0, rng.uniform(40, low), rng.uniform(high, 900)])
    slope = rng.uniform(0, 1.5)
    overtones = range(1, int(1.07 * high_hz / base) + 1)
    sound = sum(np.sin(2 * np.pi * base * k * time + rng.uniform(0, 2 * np.pi)) / k**slope for k in overtones)
    return sound * _switching(time, rng, 0.3, 8) if rng.random() < 0.5 else np.asarray(sound)


def _chord(time: Doubles, rng: Rng, low_hz: float, high_hz: float) -> Doubles:
    sound = np.zeros(len(time))
    since = np.maximum(time - rng.uniform(-0.5, 0.7) * time[-1], 0)
    decay = np.exp(-since * rng.uniform(0, 4)) * (since > 0)
    for hertz in rng.uniform(low_hz, high_hz, rng.integers(2, 6)):
        sound += np.sin(2 * np.pi * hertz * time + rng.uniform(0, 2 * np.pi)) * rng.uniform(0.1, 1) * decay
    return sound


def _whistles(time: Doubles, rng: Rng, low_hz: float, high_hz: float) -> Doubles:
    sound = np.zeros(len(time))
    for _ in range(rng.integers(1, 4)):
        sway = 1 + rng.uniform(-0.3, 0.3) * np.sin(2 * np.pi * rng.uniform(0, 4) * time)
        phase = 2 * np.pi * np.cumsum(rng.uniform(low_hz, high_hz) * sway) * (time[1] - time[0])
        sound += np.sin(phase) * _switching(time, rng, 0.2, 5)
    return sound


def _switching(time: Doubles, rng: Rng, slow_hz: float, fast_hz: float) -> NDArray[np.bool_]:
    return np.sin(2 * np.pi * rng.uniform(slow_hz, fast_hz) * time + rng.uniform(0, 2 * np.pi)) > rng.uniform(-0.8, 0.8)
