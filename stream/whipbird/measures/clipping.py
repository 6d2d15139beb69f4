"""Clipping: flat tops where a sound exceeded the range of the recording chain.

A sample is clipped if it belongs to a run of at least three equal samples at the highest or the lowest value of its
channel. That value need not be full scale, so sound that was attenuated after clipping is also found. Two conditions
exclude the tops of slow waves and of quiet sound, which are flat because values are rounded:

- the difference to the sample before or after the run must be more than 2.5 quantisation steps; at a smooth top, it is
  one step at most;
- the highest or lowest value must be at least -40 dBFS.
"""

from __future__ import annotations

import numpy as np

from whipbird.arrays import Floats

__all__ = ["Clipping"]

LEAST_RUN = 3  # samples
STEEP = 2.5  # quantisation steps
QUIETEST = 0.01  # of full scale


class Clipping:
    """Counts the clipped samples of one channel, block by block.

    Parameters
    ----------
    step : float
        Quantisation step of the recording, as a share of full scale.
    """

    def __init__(self, step: float) -> None:
        self._tops = (_FlatTops(step), _FlatTops(step))

    def push(self, samples: Floats) -> None:
        """Take the next samples, shape (n,)."""
        highs, lows = self._tops
        highs.push(samples)
        lows.push(-samples)

    def finish(self) -> None:
        """Process the end of the sound."""
        for tops in self._tops:
            tops.finish()

    @property
    def runs(self) -> int:
        """Number of flat tops."""
        return sum(tops.runs for tops in self._tops if tops.extreme >= QUIETEST)

    @property
    def samples(self) -> int:
        """Number of samples in flat tops."""
        return sum(tops.samples for tops in self._tops if tops.extreme >= QUIETEST)

    @property
    def level(self) -> float | None:
        """Level of the clipped samples, as a share of full scale; None if there are none."""
        return max((float(t.extreme) for t in self._tops if t.runs and t.extreme >= QUIETEST), default=None)


class _FlatTops:
    """Counts runs at the highest value so far, and starts again whenever a higher value arrives."""

    def __init__(self, step: float) -> None:
        self.extreme = -np.inf
        self.runs = self.samples = 0
        self._steep = STEEP * step
        self._open = 0  # samples of the run at the end of the last block
        self._rise = 0.0  # difference between its first sample and the one before
        self._last: float | None = None

    def push(self, samples: Floats) -> None:
        if not len(samples):
            return
        top = float(samples.max())
        if top > self.extreme:
            self.extreme, self.runs, self.samples, self._open = top, 0, 0, 0
        if top < self.extreme:
            self._close(float(samples[0]))
        else:
            self._count(samples)
        self._last = float(samples[-1])

    def finish(self) -> None:
        self._close(self.extreme)

    def _count(self, samples: Floats) -> None:
        positions = np.flatnonzero(samples == self.extreme)
        breaks = np.flatnonzero(np.diff(positions) > 1)
        starts, ends = positions[np.append(0, breaks + 1)], positions[np.append(breaks, len(positions) - 1)] + 1
        if self._open and starts[0] > 0:
            self._close(float(samples[0]))
        before = samples[np.maximum(starts - 1, 0)].astype(np.float64)
        if starts[0] == 0:
            before[0] = self.extreme if self._last is None else self._last
        rises = self.extreme - before
        lengths = ends - starts
        if starts[0] == 0 and self._open:
            lengths[0] += self._open
            rises[0] = self._rise
        self._open = 0
        if ends[-1] == len(samples):
            self._open, self._rise = int(lengths[-1]), float(rises[-1])
            starts, ends, lengths, rises = starts[:-1], ends[:-1], lengths[:-1], rises[:-1]
        falls = self.extreme - samples[ends] if len(ends) else rises
        flat = (lengths >= LEAST_RUN) & (np.maximum(rises, falls) > self._steep)
        self.runs += int(np.count_nonzero(flat))
        self.samples += int(lengths[flat].sum())

    def _close(self, following: float) -> None:
        if self._open >= LEAST_RUN and max(self._rise, self.extreme - following) > self._steep:
            self.runs += 1
            self.samples += self._open
        self._open = 0
