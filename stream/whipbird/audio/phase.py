"""Channels in opposite phase, which cancel out in their mix.

This happens if the two wires of a balanced microphone are recorded as two channels, or one plug is wired the wrong way
round. The mix of N channels that have nothing to do with one another has 1/N of their mean power; the mix of channels
in opposite phase has far less.
"""

from __future__ import annotations

import numpy as np

from whipbird.arrays import Floats

__all__ = ["Cancellation"]

WINDOW_S = 1.0
WINDOWS = 5  # in a row that show it
LEAST_POWER = 1e-8  # of sound: -80 dBFS
LARGEST_SHARE = 0.2  # of the power that a mix of unrelated channels has


class Cancellation:
    """Finds out whether the channels of a source cancel out.

    Parameters
    ----------
    rate_hz, channels : int

    Attributes
    ----------
    found : bool
        Whether they do, over `WINDOWS` seconds with sound in a row.
    """

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._window = max(1, round(WINDOW_S * rate_hz))
        self._channels = channels
        self._count = 0  # samples in the window
        self._power = self._mixed_power = 0.0  # sums of squares in the window
        self._run = self._windows = 0  # windows with sound in which they cancel out: in a row; and all with sound
        self.found = False

    def push(self, samples: Floats, mix: Floats) -> None:
        """Take the next samples, shape (n, channels), and their mix, shape (n,)."""
        start = 0
        while start < len(samples) and not self.found:
            end = min(len(samples), start + self._window - self._count)
            part, mixed = samples[start:end], mix[start:end]
            self._power += float(np.vdot(part, part)) / self._channels
            self._mixed_power += float(np.vdot(mixed, mixed))
            self._count += end - start
            start = end
            if self._count == self._window:
                self._end_window()
                self.found = self._run >= WINDOWS

    def finish(self) -> None:
        """Process the end of the sound: a shorter recording cancels out if all of its sound does."""
        self._end_window()
        self.found |= 0 < self._run == self._windows

    def _end_window(self) -> None:
        if self._count and self._power / self._count > LEAST_POWER:
            cancels = self._mixed_power * self._channels < LARGEST_SHARE * self._power
            self._run = self._run + 1 if cancels else 0
            self._windows += 1
        self._count = 0
        self._power = self._mixed_power = 0.0
