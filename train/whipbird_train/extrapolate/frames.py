"""Frames of a sound: log magnitudes, and the continuation of a sound from log magnitudes.

Frames are 32 ms long with a hop of 8 ms and a Hann window, and are centred at multiples of the hop, with silence before
and after the sound. Computed with librosa.
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
HOPS = 4  # per frame
ROUNDS = 32  # iterations of Griffin and Lim's algorithm


@dataclass(frozen=True)
class Frames:
    """Division of sounds of one rate into frames.

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
        """Frames for sounds of this rate in Hz."""
        hop = max(1, round(2 * HALF_FRAME_S * rate_hz / HOPS))
        return cls(HOPS * hop, hop)

    def known(self, cut: Cut) -> int:
        """Number of frames within the given part and the silence before it."""
        return (cut.provided - self.fft // 2) // self.hop + 1

    def stft(self, sound: Doubles, whole: bool = False) -> NDArray[np.complex128]:
        """Complex spectra, shape (bins, frames); with ``whole``, only of frames entirely within the sound."""
        return librosa.stft(sound, n_fft=self.fft, hop_length=self.hop, center=not whole, dtype=np.complex128)

    def log_magnitudes(self, sound: Doubles, floor: float) -> Doubles:
        """Natural logarithms of magnitudes, at least the floor, shape (frames, bins)."""
        return np.log(np.maximum(np.abs(self.stft(sound)), floor)).T

    def continued(self, given: Doubles, magnitudes: Doubles, cut: Cut) -> Doubles:
        """Samples that continue the given ones and have approximately these magnitudes.

        Phases initially advance as between the last two known frames. The algorithm of Griffin and Lim 1984
        (doi 10.1109/TASSP.1984.1164317) then makes them consistent with each other and with the given samples, which
        it does not change.

        Parameters
        ----------
        given : array, shape (provided,)
        magnitudes : array, shape (frames, bins)
            Magnitudes of the frames after the known ones.

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
