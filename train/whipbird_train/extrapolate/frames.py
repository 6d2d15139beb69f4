"""Frames of a sound: log magnitudes, and back to a sound that goes on from a given one.

Frames have 32 ms and a hop of 8 ms, are weighted with a Hann window and stand with their middle at multiples of the
hop, with silence before and after the sound. By librosa.
"""

from __future__ import annotations

from dataclasses import dataclass

import librosa
import numpy as np
from numpy.typing import NDArray

from whipbird.arrays import Doubles
from whipbird_train.extrapolate.task import Cut

__all__ = ["Frames"]

HALF_FRAME_S = 0.016
HOPS = 4  # in a frame
ROUNDS = 32  # of Griffin and Lim's algorithm


@dataclass(frozen=True)
class Frames:
    """How sounds of one rate are divided into frames.

    Attributes
    ----------
    fft : int
        Samples of a frame.
    hop : int
        Samples from one frame to the next.
    """

    fft: int
    hop: int

    @classmethod
    def at(cls, rate_hz: int) -> Frames:
        """For sounds of this rate, Hz."""
        hop = max(1, round(2 * HALF_FRAME_S * rate_hz / HOPS))
        return cls(HOPS * hop, hop)

    def known(self, cut: Cut) -> int:
        """How many frames lie wholly in the given part, or in that and the silence before."""
        return (cut.provided - self.fft // 2) // self.hop + 1

    def stft(self, sound: Doubles, whole: bool = False) -> NDArray[np.complex128]:
        """Complex spectra, shape (bins, frames); with ``whole``, of frames that lie wholly in the sound alone."""
        return librosa.stft(sound, n_fft=self.fft, hop_length=self.hop, center=not whole, dtype=np.complex128)

    def log_magnitudes(self, sound: Doubles, floor: float) -> Doubles:
        """Natural logarithms of magnitudes not below the floor, shape (frames, bins)."""
        return np.log(np.maximum(np.abs(self.stft(sound)), floor)).T

    def continued(self, given: Doubles, magnitudes: Doubles, cut: Cut) -> Doubles:
        """Samples that follow given ones and have about these magnitudes.

        Phases first go on as they last advanced. They then are made to agree with each other and with the given
        samples, which stay as they are, by the algorithm of Griffin and Lim 1984 (doi 10.1109/TASSP.1984.1164317).

        Parameters
        ----------
        given : array, shape (provided,)
        magnitudes : array, shape (frames, bins)
            Of the frames after the known ones.

        Returns
        -------
        array, shape (missing,)
        """
        known = self.known(cut)
        spectra = self.stft(np.pad(given, (0, cut.missing)))
        wanted = np.concatenate((np.abs(spectra[:, :known]), magnitudes.T), axis=1)
        phases = np.angle(spectra)
        advance = phases[:, known - 1] - phases[:, known - 2]
        later = np.arange(1, spectra.shape[1] - known + 1)
        phases[:, known:] = phases[:, known - 1, np.newaxis] + np.outer(advance, later)
        for _ in range(ROUNDS):
            sound = self._sound(wanted * np.exp(1j * phases), cut)
            sound[: cut.provided] = given
            phases = np.angle(self.stft(sound))
        return self._sound(wanted * np.exp(1j * phases), cut)[cut.provided :]

    def _sound(self, spectra: NDArray[np.complex128], cut: Cut) -> Doubles:
        return librosa.istft(spectra, n_fft=self.fft, hop_length=self.hop, length=cut.length, dtype=np.float64)
