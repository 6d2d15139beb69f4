"""Resampling from a source's rate to a model's, as a stream.

`soxr.ResampleStream` with its "high quality" setting: errors below -120 dB, and sample ``n`` of the output lies at
exactly ``n / rate`` seconds, so times need no correction. It keeps some sound back until later samples arrive: at most
37 ms from 48 to 16 kHz, where "very high quality" keeps back 76 ms for an accuracy that no model here can use. The
output does not depend on how the input is cut into blocks, bit for bit.

Soxr rounds according to where in the stream it is. So that a long recording can be resampled from its middle, with the
same result bit for bit as from its begin, another stream takes over every `PERIOD_S`, begun `LEAD_S` before, when it
has long forgotten that there was nothing earlier.
"""

from __future__ import annotations

import numpy as np
import soxr

from whipbird.arrays import Floats

__all__ = ["LEAD_S", "PERIOD_S", "Resampler"]

QUALITY = "HQ"
PERIOD_S = 64
LEAD_S = 1  # longer than any of the filters


class Resampler:
    """Resamples one channel; equal rates pass through.

    Parameters
    ----------
    source_hz, target_hz : int
        Rates of input and output.
    begin_s : int
        Where in the source the output begins, a multiple of `PERIOD_S`. Unless it is 0, the input begins `LEAD_S`
        earlier.
    """

    def __init__(self, source_hz: int, target_hz: int, begin_s: int = 0) -> None:
        if begin_s % PERIOD_S:
            raise ValueError(f"resampling cannot begin at {begin_s} s, only at multiples of {PERIOD_S} s")
        self._rates = source_hz, target_hz
        self._passes = source_hz == target_hz
        self._until_change = PERIOD_S * source_hz + (0 if not begin_s else LEAD_S * source_hz)  # samples of input
        self._stream = _Stream(*self._rates, LEAD_S * target_hz if begin_s else 0)
        self._coming: _Stream | None = None
        self._owed = PERIOD_S * target_hz  # samples of output, from this stream
        self._waiting: list[Floats] = []  # output of the coming one

    def push(self, samples: Floats) -> Floats:
        """Take the next samples, shape (n,); return those that are ready, shape (m,)."""
        if self._passes:
            return self._stream.drop(samples)
        lead = LEAD_S * self._rates[0]
        parts = []
        while len(samples):
            if self._coming is None and self._until_change <= lead:
                self._coming = _Stream(*self._rates, LEAD_S * self._rates[1])
            room = self._until_change - lead if self._coming is None else lead
            parts.append(self._take(samples[:room]))
            self._until_change -= len(samples[:room])
            samples = samples[room:]
        return parts[0] if len(parts) == 1 else np.concatenate([*parts, np.empty(0, np.float32)])

    def finish(self) -> Floats:
        """The input ends here: return what was kept back."""
        if self._passes:
            return np.empty(0, np.float32)
        return self._take(np.empty(0, np.float32), last=True)

    def _take(self, samples: Floats, last: bool = False) -> Floats:
        ready = self._stream.push(samples, last)
        if self._coming is None:
            self._owed -= len(ready)
            return ready
        self._waiting.append(self._coming.push(samples, last))
        if len(ready) < self._owed:
            self._owed -= len(ready)
            return ready
        ready = np.concatenate((ready[: self._owed], *self._waiting))
        self._owed = PERIOD_S * self._rates[1] - sum(map(len, self._waiting))
        self._until_change += PERIOD_S * self._rates[0]
        self._stream, self._coming, self._waiting = self._coming, None, []
        return ready


class _Stream:
    """Soxr, without the first samples of its output."""

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
