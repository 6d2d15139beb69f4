"""Places where a microphone stands: the room, the distance, the microphone itself, and what it sends sound through.

Whatever happens to words happens to everything else alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.signal import fftconvolve

from whipbird.arrays import Floats
from whipbird_train.examples.augment import rms

__all__ = ["Places", "in_room"]

LOW_CUT_HZ, HIGH_CUT_HZ = (50.0, 450.0), (2800.0, 8000.0)  # of cheap microphones
PEAK_DB, PEAK_OCTAVES = (-12.0, 10.0), (0.15, 0.8)  # resonances
SLOPE = 12.0  # decibels per octave beyond a cut, at the most
MU = 255.0  # of telephony


def in_room(sound: Floats, response: Floats, dry: float = 0.0) -> Floats:
    """Sound in a room, at its own level and without delay, with a share of the sound itself added to the first echo."""
    first = int(np.abs(response).argmax())
    response = response[first:] / np.abs(response[first])
    heard = fftconvolve(sound, response)[: len(sound)].astype(np.float32) + np.float32(dry) * sound
    return heard * np.float32(rms(sound) / rms(heard))


@dataclass(frozen=True)
class Places:
    """Random places.

    Attributes
    ----------
    responses : sequence of arrays, shape (samples,)
        Impulse responses of rooms.
    rate_hz : int
    reverberant, cheap, coded : float
        Shares of the sounds that are in a room, recorded by a cheap microphone, sent as on the telephone.
    """

    responses: Sequence[Floats] = field(repr=False)
    rate_hz: int
    reverberant: float = 0.5
    cheap: float = 0.5
    coded: float = 0.1

    def sound(self, sound: Floats, rng: np.random.Generator) -> Floats:
        """The sound, shape (samples,), as it is recorded in a random place, at its own level."""
        level = rms(sound)
        if len(self.responses) and rng.random() < self.reverberant:
            sound = in_room(sound, self.responses[int(rng.integers(len(self.responses)))], rng.uniform(0, 1.5))
        if rng.random() < self.cheap:
            sound = self._microphone(sound, rng)
        if rng.random() < self.coded:
            sound = _companded(sound)
        return (sound * np.float32(level / rms(sound))).astype(np.float32)

    def _microphone(self, sound: Floats, rng: np.random.Generator) -> Floats:
        spectrum = np.fft.rfft(sound)
        octaves = np.log2(np.maximum(np.fft.rfftfreq(len(sound), 1 / self.rate_hz), 1.0))
        low, high = np.log2(rng.uniform(*LOW_CUT_HZ)), np.log2(rng.uniform(*HIGH_CUT_HZ))
        slope = rng.uniform(SLOPE / 2, SLOPE * 2)
        gain_db = -slope * (np.maximum(low - octaves, 0) + np.maximum(octaves - high, 0))
        for _ in range(rng.integers(0, 4)):
            at, width = rng.uniform(low, high), rng.uniform(*PEAK_OCTAVES)
            gain_db += rng.uniform(*PEAK_DB) * np.exp(-(((octaves - at) / width) ** 2))
        return np.fft.irfft(spectrum * 10 ** (gain_db / 20), len(sound)).astype(np.float32)


def _companded(sound: Floats) -> Floats:
    """Sound with eight bits a sample, companded by the mu-law."""
    peak = np.abs(sound).max(initial=1e-9)
    coded = np.round(np.sign(sound) * np.log1p(MU * np.abs(sound) / peak) / np.log1p(MU) * 127) / 127
    return (np.sign(coded) * np.expm1(np.abs(coded) * np.log1p(MU)) / MU * peak).astype(np.float32)
