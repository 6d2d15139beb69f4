"""Where a recording stands still: runs of one and the same value, as no microphone gives them.

A run counts from 1 ms on (and 16 samples). It is

- a **dropout** if it is in the midst of sound: it lasts at most 0.5 s, and in the 5 ms before it and in those after it
  the root mean square about the mean is at least -70 dBFS. Zeros are what most programs put where samples were lost,
  others repeat the last one;
- **digital silence** if it is not, and lasts at least 10 ms;
- the top of a clipped wave, and neither, if it is in the midst of sound, not zero, and at least as high as all of
  these 5 ms, or at least as low.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whipbird.arrays import Doubles, Floats, Integers

__all__ = ["Dropout", "FlatRuns"]

SHORTEST_S, SHORTEST = 0.001, 16  # samples; at least 16, so that runs are seen in groups of eight comparisons
SHORTEST_SILENCE_S = 0.01
LONGEST_DROPOUT_S = 0.5
BESIDE_S = 0.005
SOUND = 10 ** (-70 / 20)  # of full scale
GROUP = 8  # comparisons, in bytes, that are looked at as one number
ALL_EQUAL = 0x0101010101010101
KEPT = 1000  # dropouts that are remembered with their places


@dataclass(frozen=True, slots=True)
class Dropout:
    """Samples from ``begin`` to before ``end`` that stand still in the midst of sound."""

    begin: int
    end: int


class FlatRuns:
    """Looks for runs in one channel that comes in blocks.

    Parameters
    ----------
    rate_hz : int

    Attributes
    ----------
    silent : int
        Samples of digital silence.
    dropped, dropouts : int
        Samples in dropouts, and how many of these there are.
    first : list of Dropout
        The first thousand.
    """

    def __init__(self, rate_hz: int) -> None:
        self.silent = self.dropped = self.dropouts = 0
        self.first: list[Dropout] = []
        self._shortest = max(SHORTEST, round(SHORTEST_S * rate_hz))
        self._shortest_silence = max(SHORTEST, round(SHORTEST_SILENCE_S * rate_hz))
        self._longest = round(LONGEST_DROPOUT_S * rate_hz)
        self._beside = max(SHORTEST, round(BESIDE_S * rate_hz))
        self._held: Floats = np.empty(0, np.float32)  # context, and what has not been looked at yet
        self._base = 0  # number of the first sample held
        self._next = 0  # number of the first sample not looked at
        self._begin = 0  # of the run under way
        self._before = 0.0  # root mean square before it
        self._before_range = (0.0, 0.0)  # lowest and highest sample there

    def push(self, samples: Floats) -> None:
        """Take the next samples, shape (n,)."""
        held = np.concatenate((self._held, samples))
        self._look(held, len(held) - self._beside)
        kept = max(0, self._next - self._beside - self._base)
        self._held = held[kept:].copy()
        self._base += kept

    def finish(self) -> None:
        """The sound ends here."""
        held, end = self._held, self._base + len(self._held)
        self._look(held, len(held))
        if end - self._begin >= self._shortest:
            self._judge(held, np.array([self._begin]), np.array([end]), held[-1:])

    def _look(self, held: Floats, end: int) -> None:
        """Find the runs that are over before a place in what is held; what lies behind it is their surroundings."""
        begin = max(1, self._next - self._base)
        if end <= begin:
            return
        part = held[begin - 1 : end]
        same = part[1:] == part[:-1]
        first = self._base + begin  # number of the sample that the first comparison is about
        begun = self._begin
        if self._may_hold_runs(same, first):
            edges = np.append(begun, first + np.flatnonzero(~same))
            long = np.flatnonzero(np.diff(edges) >= self._shortest)
            if len(long):
                ends = edges[long + 1]
                self._judge(held, edges[long], ends, held[ends - 1 - self._base])
            begun = int(edges[-1])
        elif not same.all():
            begun = first + len(same) - 1 - int(np.argmin(same[::-1]))
        self._next = self._base + end
        if begun != self._begin:
            self._begin = begun
            self._before = float(self._beside_them(held, np.array([self._begin - self._beside]))[0])
            self._before_range = self._range(held, self._begin - self._beside)

    def _may_hold_runs(self, same: NDArray[np.bool_], first: int) -> bool:
        """Whether a run that is long enough can end here."""
        groups = same[: len(same) // GROUP * GROUP].view(np.uint64)
        lead = int(np.argmin(same)) if not same.all() else len(same)
        return bool((groups == ALL_EQUAL).any()) or first + lead - self._begin >= self._shortest

    def _judge(
        self,
        held: Floats,
        begins: Integers,
        ends: Integers,
        values: Floats,
    ) -> None:
        before = self._beside_them(held, begins - self._beside)
        before[begins == self._begin] = self._before
        after = self._beside_them(held, ends)
        lengths = ends - begins
        dropped = (np.minimum(before, after) >= SOUND) & (lengths <= self._longest)
        silent = ~dropped & (lengths >= self._shortest_silence)
        for place in np.flatnonzero(dropped & (values != 0)):
            begin, end = int(begins[place]), int(ends[place])
            own = begin == self._begin
            low, high = self._before_range if own else self._range(held, begin - self._beside)
            lowest, highest = self._range(held, end)
            value = values[place]
            dropped[place] = min(low, lowest) < value < max(high, highest)
        self.silent += int(lengths[silent].sum())
        self.dropped += int(lengths[dropped].sum())
        self.dropouts += int(np.count_nonzero(dropped))
        for place in np.flatnonzero(dropped)[: KEPT - len(self.first)]:
            self.first.append(Dropout(int(begins[place]), int(ends[place])))

    def _range(self, held: Floats, begin: int) -> tuple[float, float]:
        """Lowest and highest sample of the 5 ms from a place on, as far as there is sound."""
        part = held[max(0, begin - self._base) : max(0, begin + self._beside - self._base)]
        return float(part.min()), float(part.max())

    def _beside_them(self, held: Floats, begins: Integers) -> Doubles:
        """Root mean square about the mean of the 5 ms from each place on, as far as there is sound."""
        low = np.clip(begins - self._base, 0, len(held))
        high = np.clip(begins + self._beside - self._base, 0, len(held))
        part = held[low.min() : high.max()]
        low, high = low - low.min(), high - low.min()
        sums = np.append(0.0, np.cumsum(part, dtype=np.float64))
        squares = np.append(0.0, np.cumsum(np.square(part, dtype=np.float64)))
        count = np.maximum(1, high - low)
        mean = (sums[high] - sums[low]) / count
        power = (squares[high] - squares[low]) / count - np.square(mean)
        root: Doubles = np.sqrt(np.maximum(power, 0))
        return root
