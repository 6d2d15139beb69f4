"""Channels in opposite phase, which cancel out in their mix.

This happens if the two wires of a balanced microphone are recorded as two channels, or one plug is wired the wrong way
round. The mix of N channels that have nothing to do with one another has 1/N of their mean power; the mix of channels
in opposite phase has less, the less the more of their power is the same sound. Only loud windows count: noise of each
channel's own dominates the quiet ones. If the sound reaches one of two channels later, their mix may have that power
nevertheless; then their correlation has its largest peak below zero, at that delay.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from whipbird.arrays import Floats

__all__ = ["Cancellation"]

WINDOW_S = 1.0
LEAST_WINDOW = 0.1  # of a window at the end
WINDOWS, KEPT = 5, 30  # loud windows that show it, and windows among which these are
LOUD_SHARE = 0.5  # of the mean power of the kept windows
MOST = 0.8  # of the loud windows
LEAST_POWER = 1e-8  # of sound: -80 dBFS
LARGEST_SHARE = 0.6  # of the power that a mix of unrelated channels has
SEGMENT = 4096  # samples at the start of a window that are correlated ...
LARGEST_DELAY_S = 0.0012  # ... up to this delay
CORRELATED = 0.6  # least correlation at its largest peak
PEAK_RATIO = 1.3  # by which that is higher than any of the other sign: sound of one frequency has both
MOST_CORRELATED = 20  # windows of a source: the rest of a stereo recording costs nothing


class Cancellation:
    """Finds out whether the channels of a source cancel out.

    Parameters
    ----------
    rate_hz, channels : int

    Attributes
    ----------
    found : bool
        Whether they do, in most loud windows.
    """

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._window = max(1, round(WINDOW_S * rate_hz))
        self._largest_delay = max(1, round(LARGEST_DELAY_S * rate_hz))
        self._channels = channels
        self._count = 0  # samples in the window
        self._power = self._mixed_power = 0.0  # sums of squares in the window
        self._segment = np.empty((min(SEGMENT, self._window) if channels == 2 else 0, channels), np.float32)
        self._correlated = 0  # windows
        self._kept: deque[tuple[float, bool]] = deque(maxlen=KEPT)  # power of windows, and whether channels cancel out
        self.found = False

    def push(self, samples: Floats, mix: Floats) -> None:
        """Take the next samples, shape (n, channels), and their mix, shape (n,)."""
        start = 0
        while start < len(samples) and not self.found:
            end = min(len(samples), start + self._window - self._count)
            part, mixed = samples[start:end], mix[start:end]
            self._power += float(np.vdot(part, part)) / self._channels
            self._mixed_power += float(np.vdot(mixed, mixed))
            if self._count < len(self._segment):
                head = part[: len(self._segment) - self._count]
                self._segment[self._count : self._count + len(head)] = head
            self._count += end - start
            start = end
            if self._count == self._window:
                self._end_window()
                self.found = self._is_found(WINDOWS)

    def finish(self) -> None:
        """Process the end of the sound: a shorter recording cancels out if most of its sound does."""
        if self._count >= LEAST_WINDOW * self._window or not self._kept:
            self._end_window()
        self.found |= self._is_found(1 if len(self._kept) < WINDOWS else WINDOWS)

    def _end_window(self) -> None:
        power = self._power / max(1, self._count)
        if power > LEAST_POWER:
            cancels = self._mixed_power * self._channels < LARGEST_SHARE * self._power
            self._kept.append((power, cancels or self._is_delayed(power)))
        self._count = 0
        self._power = self._mixed_power = 0.0

    def _is_found(self, least: int) -> bool:
        """Whether channels cancel out in most loud windows, of which there must be some."""
        if not self._kept:
            return False
        limit = LOUD_SHARE * sum(power for power, _ in self._kept) / len(self._kept)
        loud = [cancels for power, cancels in self._kept if power >= limit]
        return len(loud) >= least and sum(loud) >= MOST * len(loud)

    def _is_delayed(self, power: float) -> bool:
        """Whether one of two channels has the sound of the other, in opposite phase, a little earlier or later."""
        size = min(len(self._segment), self._count)
        if size <= 2 * self._largest_delay or self._correlated >= MOST_CORRELATED:
            return False
        first, second = (self._segment[:size] - self._segment[:size].mean(axis=0)).T
        norm = float(np.sqrt(np.vdot(first, first) * np.vdot(second, second)))
        if norm < LOUD_SHARE * power * size:  # a channel is dead, or the window starts with a pause
            return False
        self._correlated += 1
        spectra = np.fft.rfft((first, second), 2 * size)
        correlation = np.fft.irfft(spectra[0] * spectra[1].conj())
        near = np.concatenate((correlation[: self._largest_delay + 1], correlation[-self._largest_delay :])) / norm
        return float(-near.min()) > max(CORRELATED, PEAK_RATIO * float(near.max()))
