"""Resampling from a source's rate to a model's, as a stream.

`soxr.ResampleStream` with its "high quality" setting: errors are below -120 dB, and sample ``n`` of the output is at
exactly ``n / rate`` seconds, so times need no correction. It holds some sound back until later samples arrive: at most
37 ms from 48 to 16 kHz. "Very high quality" would hold back 76 ms, for an accuracy that no model here can use. The
output does not depend on how the input is cut into blocks, bit for bit.

The rounding in soxr depends on the position in the stream. So that a long recording can be resampled from its middle
with the same result, bit for bit, as from its start, a new stream takes over every `PERIOD_S`. It is started `LEAD_S`
earlier, so that its filter has long been filled when it takes over.
"""

from __future__ import annotations

import numpy as np
import soxr

from whipbird.arrays import Floats

__all__ = ["LEAD_S", "PERIOD_S", "Resampler"]

QUALITY = "HQ"
PERIOD_S = 64
LEAD_S = 1  # longer than any filter


class Resampler:
    """Resamples one channel; equal rates pass through.

    Parameters
    ----------
    source_hz, target_hz : int
        Rates of input and output.
    start_s : int
        Where in the source the output starts, a multiple of `PERIOD_S`. Unless it is 0, the input starts `LEAD_S`
        earlier.

    Raises
    ------
    ValueError
        If `start_s` is not a multiple of `PERIOD_S`.
    """

    def __init__(self, source_hz: int, target_hz: int, start_s: int = 0) -> None:
        if start_s % PERIOD_S:
            raise ValueError(f"resampling cannot start at {start_s} s, only at multiples of {PERIOD_S} s")
        self._rates = source_hz, target_hz
        self._passes = source_hz == target_hz
        self._until_change = PERIOD_S * source_hz + (0 if not start_s else LEAD_S * source_hz)  # samples of input
        self._stream = _Stream(*self._rates, LEAD_S * target_hz if start_s else 0)
        self._next: _Stream | None = None  # started, but not yet in use
        self._remaining = PERIOD_S * target_hz  # samples of output from this stream
        self._waiting: list[Floats] = []  # output of the next stream

    def push(self, samples: Floats) -> Floats:
        """Resample the next samples, shape (n,); return the output that is ready, shape (m,)."""
        if self._passes:
            return self._stream.drop(samples)
        lead = LEAD_S * self._rates[0]
        parts = []
        while len(samples):
            if self._next is None and self._until_change <= lead:
                self._next = _Stream(*self._rates, LEAD_S * self._rates[1])
            room = self._until_change - lead if self._next is None else lead
            parts.append(self._push(samples[:room]))
            self._until_change -= len(samples[:room])
            samples = samples[room:]
        return parts[0] if len(parts) == 1 else np.concatenate([*parts, np.empty(0, np.float32)])

    def finish(self) -> Floats:
        """End the input; return the output that was held back, shape (m,)."""
        if self._passes:
            return np.empty(0, np.float32)
        return self._push(np.empty(0, np.float32), last=True)

    def _push(self, samples: Floats, last: bool = False) -> Floats:
        ready = self._stream.push(samples, last)
        if self._next is None:
            self._remaining -= len(ready)
            return ready
        self._waiting.append(self._next.push(samples, last))
        if len(ready) < self._remaining:
            self._remaining -= len(ready)
            return ready
        ready = np.concatenate((ready[: self._remaining], *self._waiting))
        self._remaining = PERIOD_S * self._rates[1] - sum(map(len, self._waiting))
        self._until_change += PERIOD_S * self._rates[0]
        self._stream, self._next, self._waiting = self._next, None, []
        return ready


class _Stream:
    """A soxr stream without the first `drop` samples of its output."""

    def __init__(self, source_hz: int, target_hz: int, drop: int) -> None:
        self._soxr = None
        if source_hz != target_hz:
            self._soxr = soxr.ResampleStream(source_hz, target_hz, 1, dtype="float32", quality=QUALITY)
        self._drop = drop

    def push(self, samples: Floats, last: bool) -> Floats:
        assert self._soxr is not None
        return self.drop(self._soxr.resample_chunk(samples, last=last))

    def drop(self, samples: Floats) -> Floats:
        kept = samples[self._drop :]
        self._drop = max(0, self._drop - len(samples))
        return kept
