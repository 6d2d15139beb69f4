"""Base class of front ends, which turn samples into features, one hop at a time.

Every front end cuts the sound into frames of ``frame`` samples, one every ``step`` samples. The first frame starts at
sample 0, without padding (librosa's ``center=False``). Each frame becomes ``width`` numbers:

==================  ================================================================================  ==============
class               features of a frame                                                               librosa's name
==================  ================================================================================  ==============
`RawFrames`         the sample itself (frame = step = 1)                                              --
`WindowStft`        the sample itself; magnitudes of whole windows                                    ``abs(stft)``
`StftMagnitude`     magnitude of the short-time Fourier transform, fft / 2 + 1 bins                   ``abs(stft)``
`LogMel`            10 log10 of the mel band powers, in dB, not below ``floor``                       ``power_to_db``
`Mfcc`              orthonormal type-II cosine transform of `LogMel`                                  ``mfcc``
`MicroFeatures`     logarithms of bands without steady noise, in integers                             --
`SpeechEmbedding`   96 numbers by two networks, every 80 ms                                           --
==================  ================================================================================  ==============

Front ends are incremental: `FrontEnd.push` takes any number of samples and returns the frames that these complete, so
a hop costs only its own frames. `FrontEnd.whole` transforms whole clips at once; training uses it and gets the same
features as the runtime. librosa makes the window, mel and cosine matrices when a model is exported; they are in its
bundle.

The features of a frame depend on its samples alone, bit for bit, and not on the number of frames computed at once or
the number of threads. Therefore no front end uses BLAS on fractions, see `WeightedSums`. Only features of
`MicroFeatures` also depend on all frames before (`Card.remembers`).
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from whipbird.arrays import Floats

__all__ = ["FrontEnd"]


PIECE = 16  # frames at once; larger arrays are mapped from the system each time, which takes three times as long


class FrontEnd:
    """Base class of front ends; it cuts a stream into frames.

    Attributes
    ----------
    frame : int
        Samples in one frame.
    step : int
        Samples from the start of one frame to the start of the next.
    width : int
        Numbers per frame.
    """

    def __init__(self, frame: int, step: int, width: int) -> None:
        if step < 1 or frame < step:
            raise ValueError(f"a step of {step} samples does not fit a frame of {frame}")
        self.frame = frame
        self.step = step
        self.width = width
        self._held: Floats = np.empty(2 * frame, np.float32)  # samples of incomplete frames, and room for new ones
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
        count = self.frame_count(total)
        # The array's constructor makes this view in a tenth of the time of sliding_window_view, for a few frames.
        frames: Floats = np.ndarray((count, self.frame), np.float32, held, strides=(4 * self.step, 4))
        features = self._in_pieces(frames) if count else np.empty((0, self.width), np.float32)
        self._count = total - count * self.step
        held[: self._count] = held[count * self.step : total].copy()
        return features

    def frame_count(self, samples: int) -> int:
        """Number of whole frames in a number of samples."""
        return max(0, (samples - self.frame) // self.step + 1)

    def span(self, frames: int) -> int:
        """Number of samples that a number of frames covers."""
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
        for start in range(0, len(frames), PIECE):
            features[start : start + PIECE] = self.transform(frames[start : start + PIECE])
        return features

    def of_window(self, window: Floats) -> Floats:
        """What a network takes of a window, shape (frames, width): the same, unless windows are transformed."""
        return window

    def silence(self) -> Floats:
        """Features of one frame of digital silence, shape (width,)."""
        frame: Floats = self.transform(np.zeros((1, self.frame), np.float32))[0]
        return frame
