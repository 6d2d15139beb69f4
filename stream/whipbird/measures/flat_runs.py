"""Flat runs: runs of equal samples, which no microphone gives.

A run counts if it has at least 1 ms and 16 samples. It is

- a **dropout** if it is surrounded by sound: it lasts up to 0.5 s, and the root mean square about the mean is at least
  -70 dBFS in the 5 ms before it and in the 5 ms after it. Most programs replace lost samples by zeros, others repeat
  the last sample;
- **digital silence** if it is not surrounded by sound, and lasts at least 10 ms;
- neither, but the top of a clipped wave, if it is surrounded by sound, is not zero, and no sample in those 5 ms is
  higher, or none is lower.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whipbird.arrays import Doubles, Floats, Integers

__all__ = ["Dropout", "FlatRuns"]

SHORTEST_S, SHORTEST = 0.001, 16  # samples; a run of 16 contains an aligned group of eight comparisons
SHORTEST_SILENCE_S = 0.01
LONGEST_DROPOUT_S = 0.5
BESIDE_S = 0.005
SOUND = 10 ** (-70 / 20)  # of full scale
GROUP = 8  # comparisons of a byte each, which are read as one number
ALL_EQUAL = 0x0101010101010101
KEPT = 1000  # dropouts whose positions are kept


@dataclass(frozen=True, slots=True)
class Dropout:
    """A flat run that is surrounded by sound: samples from ``start`` up to, but not including, ``end``."""

    start: int
    end: int


class FlatRuns:
    """Finds flat runs in one channel, block by block.

    Parameters
    ----------
    rate_hz : int

    Attributes
    ----------
    silent_samples : int
        Samples of digital silence.
    dropouts, dropped_samples : int
        Number of dropouts, and of the samples in them.
    first_dropouts : list of Dropout
        The first thousand.
    """

    def __init__(self, rate_hz: int) -> None:
        self.silent_samples = self.dropped_samples = self.dropouts = 0
        self.first_dropouts: list[Dropout] = []
        self._shortest = max(SHORTEST, round(SHORTEST_S * rate_hz))
        self._shortest_silence = max(SHORTEST, round(SHORTEST_SILENCE_S * rate_hz))
        self._longest = round(LONGEST_DROPOUT_S * rate_hz)
        self._beside = max(SHORTEST, round(BESIDE_S * rate_hz))
        self._held: Floats = np.empty(0, np.float32)  # samples that are not searched yet, after their context
        self._base = 0  # number of the first held sample
        self._next = 0  # number of the first sample that is not searched yet
        self._run_start = 0  # first sample of the current run
        self._before = 0.0  # root mean square before the current run
        self._before_range = (0.0, 0.0)  # lowest and highest sample before it

    def push(self, samples: Floats) -> None:
        """Take the next samples, shape (n,)."""
        held = np.concatenate((self._held, samples))
        self._search(held, len(held) - self._beside)
        kept = max(0, self._next - self._beside - self._base)
        self._held = held[kept:].copy()
        self._base += kept

    def finish(self) -> None:
        """Process the end of the sound."""
        held, end = self._held, self._base + len(self._held)
        self._search(held, len(held))
        if end - self._run_start >= self._shortest:
            self._classify(held, np.array([self._run_start]), np.array([end]), held[-1:])

    def skip(self, count: int) -> None:
        """Pass samples that are not there; a run does not extend over them."""
        self.finish()
        self._base += len(self._held) + count
        self._held = self._held[:0]
        self._next = self._run_start = self._base
        self._before, self._before_range = 0.0, (0.0, 0.0)

    def _search(self, held: Floats, end: int) -> None:
        """Find the runs that end before index `end` of `held`; the samples from there on are their surroundings."""
        start = max(1, self._next - self._base)
        if end <= start:
            return
        part = held[start - 1 : end]
        same = part[1:] == part[:-1]
        first = self._base + start  # number of the sample of the first comparison
        run_start = self._run_start
        if self._may_hold_runs(same, first):
            edges = np.append(run_start, first + np.flatnonzero(~same))
            long = np.flatnonzero(np.diff(edges) >= self._shortest)
            if len(long):
                ends = edges[long + 1]
                self._classify(held, edges[long], ends, held[ends - 1 - self._base])
            run_start = int(edges[-1])
        elif not same.all():
            run_start = first + len(same) - 1 - int(np.argmin(same[::-1]))
        self._next = self._base + end
        if run_start != self._run_start:
            self._run_start = run_start
            self._before = float(self._rms_beside(held, np.array([self._run_start - self._beside]))[0])
            self._before_range = self._range(held, self._run_start - self._beside)

    def _may_hold_runs(self, same: NDArray[np.bool_], first: int) -> bool:
        """Whether a run that is long enough can end in these comparisons."""
        groups = same[: len(same) // GROUP * GROUP].view(np.uint64)
        lead = int(np.argmin(same)) if not same.all() else len(same)
        return bool((groups == ALL_EQUAL).any()) or first + lead - self._run_start >= self._shortest

    def _classify(
        self,
        held: Floats,
        starts: Integers,
        ends: Integers,
        values: Floats,
    ) -> None:
        """Count these runs as dropouts, digital silence or neither."""
        before = self._rms_beside(held, starts - self._beside)
        before[starts == self._run_start] = self._before
        after = self._rms_beside(held, ends)
        lengths = ends - starts
        dropped = (np.minimum(before, after) >= SOUND) & (lengths <= self._longest)
        silent = ~dropped & (lengths >= self._shortest_silence)
        for index in np.flatnonzero(dropped & (values != 0)):
            start, end = int(starts[index]), int(ends[index])
            is_current = start == self._run_start
            low, high = self._before_range if is_current else self._range(held, start - self._beside)
            lowest, highest = self._range(held, end)
            value = values[index]
            dropped[index] = min(low, lowest) < value < max(high, highest)
        self.silent_samples += int(lengths[silent].sum())
        self.dropped_samples += int(lengths[dropped].sum())
        self.dropouts += int(np.count_nonzero(dropped))
        for index in np.flatnonzero(dropped)[: KEPT - len(self.first_dropouts)]:
            self.first_dropouts.append(Dropout(int(starts[index]), int(ends[index])))

    def _range(self, held: Floats, start: int) -> tuple[float, float]:
        """Lowest and highest of the held samples in the 5 ms from sample number `start`."""
        part = held[max(0, start - self._base) : max(0, start + self._beside - self._base)]
        return float(part.min()), float(part.max())

    def _rms_beside(self, held: Floats, starts: Integers) -> Doubles:
        """Root mean square about the mean of the held samples in the 5 ms from each start."""
        low = np.clip(starts - self._base, 0, len(held))
        high = np.clip(starts + self._beside - self._base, 0, len(held))
        part = held[low.min() : high.max()]
        low, high = low - low.min(), high - low.min()
        sums = np.append(0.0, np.cumsum(part, dtype=np.float64))
        squares = np.append(0.0, np.cumsum(np.square(part, dtype=np.float64)))
        count = np.maximum(1, high - low)
        mean = (sums[high] - sums[low]) / count
        power = (squares[high] - squares[low]) / count - np.square(mean)
        root: Doubles = np.sqrt(np.maximum(power, 0))
        return root
