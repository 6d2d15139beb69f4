"""Clipping: flat tops where a sound was louder than something on its way could carry.

A sample is clipped if it belongs to a run of at least three equal samples at the highest or the lowest value of its
channel, whatever that value is: sound that was turned down after it was clipped is found as well. So that tops of slow
waves and quiet sound, which are flat because values are rounded, do not count,

- the wave must come to the run, or leave it, with a step of more than 2.5 quantisation steps: a smooth top does so with
  one at most;
- the extreme must be at least -40 dBFS.
"""

from __future__ import annotations

import numpy as np

from whipbird.arrays import Floats

__all__ = ["Clipping"]

LEAST_RUN = 3  # samples
STEEP = 2.5  # quantisation steps
QUIETEST = 0.01  # of full scale


class Clipping:
    """Counts clipped samples of one channel that comes in blocks.

    Parameters
    ----------
    step : float
        Quantisation step of the recording, as a share of full scale.
    """

    def __init__(self, step: float) -> None:
        self._tops = (_Tops(step), _Tops(step))

    def push(self, samples: Floats) -> None:
        """Take the next samples, shape (n,)."""
        highs, lows = self._tops
        highs.push(samples)
        lows.push(-samples)

    def finish(self) -> None:
        """The sound ends here."""
        for tops in self._tops:
            tops.finish()

    @property
    def runs(self) -> int:
        """How many flat tops there are."""
        return sum(tops.runs for tops in self._tops if tops.extreme >= QUIETEST)

    @property
    def samples(self) -> int:
        """How many samples they hold."""
        return sum(tops.samples for tops in self._tops if tops.extreme >= QUIETEST)

    @property
    def level(self) -> float | None:
        """At which share of full scale the sound is cut off; None where nothing is clipped."""
        return max((float(t.extreme) for t in self._tops if t.runs and t.extreme >= QUIETEST), default=None)


class _Tops:
    """Runs at the highest value so far; what was counted at a lower one is forgotten."""

    def __init__(self, step: float) -> None:
        self.extreme = -np.inf
        self.runs = self.samples = 0
        self._steep = STEEP * step
        self._open = 0  # samples of the run that the last block ended with
        self._rise = 0.0  # the step to its first sample
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
        at = np.flatnonzero(samples == self.extreme)
        breaks = np.flatnonzero(np.diff(at) > 1)
        begins, ends = at[np.append(0, breaks + 1)], at[np.append(breaks, len(at) - 1)] + 1
        if self._open and begins[0] > 0:
            self._close(float(samples[0]))
        before = samples[np.maximum(begins - 1, 0)].astype(np.float64)
        if begins[0] == 0:
            before[0] = self.extreme if self._last is None else self._last
        rises = self.extreme - before
        lengths = ends - begins
        if begins[0] == 0 and self._open:
            lengths[0] += self._open
            rises[0] = self._rise
        self._open = 0
        if ends[-1] == len(samples):
            self._open, self._rise = int(lengths[-1]), float(rises[-1])
            begins, ends, lengths, rises = begins[:-1], ends[:-1], lengths[:-1], rises[:-1]
        falls = self.extreme - samples[ends] if len(ends) else rises
        flat = (lengths >= LEAST_RUN) & (np.maximum(rises, falls) > self._steep)
        self.runs += int(np.count_nonzero(flat))
        self.samples += int(lengths[flat].sum())

    def _close(self, following: float) -> None:
        if self._open >= LEAST_RUN and max(self._rise, self.extreme - following) > self._steep:
            self.runs += 1
            self.samples += self._open
        self._open = 0
