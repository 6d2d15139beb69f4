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
the number of threads. So there is no BLAS here, see `WeightedSums`.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from whipbird.arrays import Floats

__all__ = ["FrontEnd"]


PIECE = 16  # frames at once: larger arrays come anew from the system each time, which takes three times as long


class FrontEnd:
    """What all front ends share: cutting a stream into frames.

    Attributes
    ----------
    frame : int
        Samples in one frame.
    step : int
        Samples from the begin of one frame to the begin of the next.
    width : int
        Numbers per frame.
    """

    def __init__(self, frame: int, step: int, width: int) -> None:
        if step < 1 or frame < step:
            raise ValueError(f"a step of {step} samples does not fit a frame of {frame}")
        self.frame = frame
        self.step = step
        self.width = width
        self._held: Floats = np.empty(2 * frame, np.float32)  # what earlier frames have left, and room
        self._count = 0

    def transform(self, frames: Floats) -> Floats:
        """Turn frames, shape (n, frame), into features, shape (n, width)."""
        raise NotImplementedError

    def push(self, samples: Floats) -> Floats:
        """Take the next samples of the stream, shape (n,); return the frames they complete, shape (m, width)."""
        total = self._count + len(samples)
        if total > len(self._held):
            self._held = np.concatenate((self._held[: self._count], np.empty(2 * total, np.float32)))
        held = self._held
        held[self._count : total] = samples
        count = self.count(total)
        # The array's own constructor makes the view: a tenth of what sliding_window_view costs for a few frames.
        frames: Floats = np.ndarray((count, self.frame), np.float32, held, strides=(4 * self.step, 4))
        features = self._in_pieces(frames) if count else np.empty((0, self.width), np.float32)
        self._count = total - count * self.step
        held[: self._count] = held[count * self.step : total].copy()
        return features

    def count(self, samples: int) -> int:
        """How many whole frames lie in so many samples."""
        return max(0, (samples - self.frame) // self.step + 1)

    def span(self, frames: int) -> int:
        """How many samples so many frames cover."""
        return (frames - 1) * self.step + self.frame

    def whole(self, clips: Floats) -> Floats:
        """Features of whole clips of equal length: shape (..., samples) to (..., frames, width)."""
        frames = sliding_window_view(clips, self.frame, axis=-1)[..., :: self.step, :]
        features = self._in_pieces(frames.reshape(-1, self.frame))
        shaped: Floats = features.reshape(*frames.shape[:-1], self.width)
        return shaped

    def _in_pieces(self, frames: Floats) -> Floats:
        if len(frames) <= PIECE:
            return self.transform(frames)
        features = np.empty((len(frames), self.width), np.float32)
        for begin in range(0, len(frames), PIECE):
            features[begin : begin + PIECE] = self.transform(frames[begin : begin + PIECE])
        return features

    def silence(self) -> Floats:
        """Features of one frame of digital silence, shape (width,)."""
        frame: Floats = self.transform(np.zeros((1, self.frame), np.float32))[0]
        return frame
