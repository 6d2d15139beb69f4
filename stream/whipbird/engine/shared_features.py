"""Features that several detectors of one stream share: models with the same front end compute them once.

Each detector takes them at its own pace, in blocks of its own length. What one has had computed waits until the others
have taken it; they are given the same sound, so nothing of it is computed again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from whipbird.arrays import Floats
from whipbird.models.frontends.base import FrontEnd, push_each

__all__ = ["SharedFeatures"]


class SharedFeatures:
    """The features of one stream.

    Parameters
    ----------
    frontend : FrontEnd
        New.
    """

    def __init__(self, frontend: FrontEnd) -> None:
        self.frontend = frontend
        self._samples = 0  # that have been pushed
        self._first = 0  # number of the first frame that is kept
        self._frames: Floats = np.empty((0, frontend.width), np.float32)
        self._readers: list[_Reader] = []

    def reader(self) -> FrontEnd:
        """A front end for one more detector, to be made before the first sample comes."""
        reader = _Reader(self, self.frontend)
        self._readers.append(reader)
        return reader

    def new(self, samples: Floats, start: int) -> Floats:
        """Those of some samples, the first of which is number ``start`` of the stream, that come for the first time."""
        new = samples[self._samples - start :]
        self._samples += len(new)
        return new

    def add(self, frames: Floats) -> None:
        """Keep the next frames, until all detectors have had them."""
        self._frames = np.concatenate((self._frames, frames))

    def take(self, start: int, count: int) -> Floats:
        """Frames from number ``start`` on, shape (count, width); those that all detectors have had are dropped."""
        taken = self._frames[start - self._first : start - self._first + count]
        first = min(reader.frames for reader in self._readers)
        self._frames, self._first = self._frames[first - self._first :], first
        return taken


class _Reader(FrontEnd):
    """The front end of one detector.

    Attributes
    ----------
    frames : int
        That it has taken.
    """

    def __init__(self, shared: SharedFeatures, frontend: FrontEnd) -> None:
        super().__init__(frontend.frame, frontend.step, frontend.width)
        self._shared = shared
        self._taken = self.frames = 0

    def push(self, samples: Floats) -> Floats:
        return self.push_each([(self, samples)])[0]

    @classmethod
    def push_each(cls, ready: Sequence[tuple[_Reader, Floats]]) -> list[Floats]:
        new: dict[SharedFeatures, list[Floats]] = {}
        for reader, samples in ready:
            own = reader._shared.new(samples, reader._taken)
            reader._taken += len(samples)
            if len(own):
                new.setdefault(reader._shared, []).append(own)
        pushed = [(shared.frontend, np.concatenate(pieces)) for shared, pieces in new.items()]
        for shared, frames in zip(new, push_each(pushed), strict=True):
            shared.add(frames)
        return [reader._take() for reader, _ in ready]

    def _take(self) -> Floats:
        start, self.frames = self.frames, self.frame_count(self._taken)
        return self._shared.take(start, self.frames - start)
