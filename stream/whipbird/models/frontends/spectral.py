"""Front ends: from samples to the features that a model sees, one hop at a time.

Every front end cuts the sound into frames of ``frame`` samples, one every ``step`` samples, the first one beginning at
sample 0 (no padding, what librosa calls ``center=False``), and turns each frame into ``width`` numbers:

==================  ================================================================================  ==============
class               one frame gives                                                                   librosa's name
==================  ================================================================================  ==============
`RawFrames`         the sample itself (frame = step = 1)                                              --
`StftMagnitude`     magnitude of the short-time Fourier transform, fft / 2 + 1 bins                   ``abs(stft)``
`LogMel`            10 log10 of the mel band powers, in dB, not below ``floor``                       ``power_to_db``
`Mfcc`              orthonormal type-II cosine transform of `LogMel`                                  ``mfcc``
==================  ================================================================================  ==============

They are incremental: `FrontEnd.push` takes any number of samples and returns the frames that these complete, so a hop
costs only its own frames. `FrontEnd.whole` does whole clips at once; training uses it, and so sees what the runtime
sees. The window, mel and cosine matrices are made by librosa when a model is exported and travel in its bundle.

The features of a frame depend on its samples alone, bit for bit: not on how many frames are computed at once, nor on
the number of threads. So there is no BLAS here, see `_WeightedSums`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from whipbird.arrays import Floats
from whipbird.models.frontends.base import FrontEnd

__all__ = ["LogMel", "Mfcc", "StftMagnitude"]


class StftMagnitude(FrontEnd):
    """Magnitude of the short-time Fourier transform.

    Parameters
    ----------
    step : int
        Samples between frames.
    matrices : mapping
        ``window``, shape (fft,): the analysis window, zero-padded on both sides to the length of the transform.
    """

    def __init__(self, step: int, matrices: Mapping[str, Floats], width: int | None = None) -> None:
        self._window = _matrix(matrices, "window", 1)
        self._fft = len(self._window)
        super().__init__(frame=self._fft, step=step, width=width or self._fft // 2 + 1)

    def _spectrum(self, frames: Floats) -> NDArray[np.complexfloating]:
        return np.fft.rfft(frames * self._window, axis=-1)

    def transform(self, frames: Floats) -> Floats:
        magnitude: Floats = np.abs(self._spectrum(frames)).astype(np.float32, copy=False)
        return magnitude


class LogMel(StftMagnitude):
    """Power in mel bands, in decibels.

    Parameters
    ----------
    step : int
        Samples between frames.
    matrices : mapping
        ``window`` as for `StftMagnitude`, and ``mel``, shape (bands, fft / 2 + 1): the filter bank.
    floor : float
        Least power, so that silence has a logarithm; 1e-10 is -100 dB.
    """

    def __init__(
        self, step: int, matrices: Mapping[str, Floats], floor: float = 1e-10, width: int | None = None
    ) -> None:
        mel = _matrix(matrices, "mel", 2)
        super().__init__(step, matrices, width=width or mel.shape[0])
        if mel.shape[1] != self._fft // 2 + 1:
            raise ValueError(f"mel matrix for {mel.shape[1]} bins, but the transform gives {self._fft // 2 + 1}")
        used = np.flatnonzero(mel.any(axis=0))
        self._bins = slice(used[0], used[-1] + 1) if len(used) else slice(0, 1)  # the others count for nothing
        self._mel = _WeightedSums(mel[:, self._bins])
        self._floor = np.float32(floor)

    def transform(self, frames: Floats) -> Floats:
        spectrum = self._spectrum(frames)[:, self._bins]
        power = spectrum.real**2 + spectrum.imag**2
        bands = self._mel.of(power.astype(np.float32, copy=False))
        decibels: Floats = np.float32(10) * np.log10(np.maximum(bands, self._floor))
        return decibels


class Mfcc(LogMel):
    """Mel-frequency cepstral coefficients.

    librosa clips its decibels 80 below the loudest frame of the whole file before the cosine transform. A stream does
    not know its loudest frame, so nothing is clipped here: the equal of ``mfcc(S=power_to_db(mel, top_db=None))``.

    Parameters
    ----------
    step, matrices, floor
        As for `LogMel`; ``matrices`` holds ``dct``, shape (coefficients, bands), too.
    """

    def __init__(self, step: int, matrices: Mapping[str, Floats], floor: float = 1e-10) -> None:
        dct = _matrix(matrices, "dct", 2)
        super().__init__(step, matrices, floor, width=dct.shape[0])
        if dct.shape[1] != len(self._mel):
            raise ValueError(f"cosine transform of {dct.shape[1]} bands, but there are {len(self._mel)}")
        self._dct = _WeightedSums(dct)

    def transform(self, frames: Floats) -> Floats:
        return self._dct.of(super().transform(frames))


class _WeightedSums:
    """The product of a matrix with rows of numbers, in which the bits of each row's sums depend on that row alone.

    BLAS rounds differently for other numbers of rows, on other processors and with other numbers of threads. Here
    NumPy adds up each sum by itself, from the first weight that is not zero to the last: few, in a mel band.

    Parameters
    ----------
    weights : array, shape (sums, inputs)
    """

    def __init__(self, weights: Floats) -> None:
        used = [np.flatnonzero(row) for row in weights]
        spans = [np.arange(own[0], own[-1] + 1) if len(own) else np.zeros(1, np.intp) for own in used]
        self._inputs = np.concatenate(spans)
        self._weights = np.concatenate([row[span] for row, span in zip(weights, spans, strict=True)])
        self._starts = np.cumsum([0, *(len(span) for span in spans[:-1])])

    def __len__(self) -> int:
        return len(self._starts)

    def of(self, rows: Floats) -> Floats:
        """Sums for each row: shape (n, inputs) to (n, sums)."""
        sums: Floats = np.add.reduceat(rows.take(self._inputs, axis=1) * self._weights, self._starts, axis=1)
        return sums


def _matrix(matrices: Mapping[str, Floats], name: str, dimensions: int) -> Floats:
    if name not in matrices:
        raise ValueError(f"the front end needs a matrix named {name!r}")
    matrix = np.ascontiguousarray(matrices[name], np.float32)
    if matrix.ndim != dimensions:
        raise ValueError(f"matrix {name!r} has {matrix.ndim} dimensions, not {dimensions}")
    return matrix
