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

from collections import defaultdict
from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from whipbird.arrays import Floats

__all__ = ["FrontEnd", "push_each"]


class FrontEnd:
    """Base class of front ends; it cuts a stream into frames.

    Attributes
    ----------
    PIECE : int
        Frames that are transformed at once; larger arrays do not stay in the processor's cache.
    frame : int
        Samples in one frame.
    step : int
        Samples from the start of one frame to the start of the next.
    width : int
        Numbers per frame.
    """

    PIECE: ClassVar = 16

    def __init__(self, frame: int, step: int, width: int) -> None:
        if step < 1 or frame < step:
            raise ValueError(f"a step of {step} samples does not fit a frame of {frame}")
        self.frame = frame
        self.step = step
        self.width = width
        self._held: Floats = np.empty(2 * frame, np.float32)  # samples of incomplete frames, and room for new ones
        self._count = self._used = 0  # samples in there, and those that no further frame needs

    def transform(self, frames: Floats) -> Floats:
        """Turn frames, shape (n, frame), into features, shape (n, width)."""
        raise NotImplementedError

    def push(self, samples: Floats) -> Floats:
        """Take the next samples of the stream, shape (n,); return the frames they complete, shape (m, width)."""
        frames = self.cut(samples)
        return self._in_pieces(frames) if len(frames) else np.empty((0, self.width), np.float32)

    @classmethod
    def push_each(cls, ready: Sequence[tuple[Self, Floats]]) -> list[Floats]:
        """Push samples to different front ends of this class; return the frames of each.

        The same as one after another. Classes whose work costs less for many at once override this.
        """
        return [frontend.push(samples) for frontend, samples in ready]

    def cut(self, samples: Floats) -> Floats:
        """Take the next samples; return the frames of samples that they complete, valid until the next call."""
        rest = self._count - self._used
        total = rest + len(samples)
        held = self._held
        if total > len(held):
            self._held = np.empty(2 * total, np.float32)
        self._held[:rest] = held[self._used : self._count].copy()
        self._held[rest:total] = samples
        count = self.frame_count(total)
        self._count, self._used = total, count * self.step
        # The array's constructor makes this view in a tenth of the time of sliding_window_view, for a few frames.
        return np.ndarray((count, self.frame), np.float32, self._held, strides=(4 * self.step, 4))

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
        piece = self.PIECE
        if len(frames) <= piece:
            return self.transform(frames)
        features = np.empty((len(frames), self.width), np.float32)
        for start in range(0, len(frames), piece):
            features[start : start + piece] = self.transform(frames[start : start + piece])
        return features

    def of_window(self, window: Floats) -> Floats:
        """What a network takes of a window, shape (frames, width): the same, unless windows are transformed."""
        return window

    def silence(self) -> Floats:
        """Features of one frame of digital silence, shape (width,)."""
        frame: Floats = self.transform(np.zeros((1, self.frame), np.float32))[0]
        return frame


def push_each(ready: Sequence[tuple[FrontEnd, Floats]]) -> list[Floats]:
    """Push samples to different front ends, those of a class together; return the frames of each.

    Parameters
    ----------
    ready : sequence of (FrontEnd, array of shape (n,))
    """
    kinds: defaultdict[type[FrontEnd], list[int]] = defaultdict(list)
    for number, (frontend, _) in enumerate(ready):
        kinds[type(frontend)].append(number)
    frames: dict[int, Floats] = {}
    for kind, numbers in kinds.items():
        frames.update(zip(numbers, kind.push_each([ready[number] for number in numbers]), strict=True))
    return [frames[number] for number in range(len(ready))]
