"""Resampling from a source's rate to a model's, as a stream.

`soxr.ResampleStream` with its "high quality" setting: errors below -120 dB, and sample ``n`` of the output lies at
exactly ``n / rate`` seconds, so times need no correction. It keeps some sound back until later samples arrive: at most
37 ms from 48 to 16 kHz, where "very high quality" keeps back 76 ms for an accuracy that no model here can use. The
output does not depend on how the input is cut into blocks, bit for bit.
"""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray

__all__ = ["Resampler"]

QUALITY = "HQ"


class Resampler:
    """Resamples one channel; equal rates pass through.

    Parameters
    ----------
    source_hz, target_hz : int
        Rates of input and output.
    """

    def __init__(self, source_hz: int, target_hz: int) -> None:
        self._stream = None
        if source_hz != target_hz:
            self._stream = soxr.ResampleStream(source_hz, target_hz, 1, dtype="float32", quality=QUALITY)

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the next samples, shape (n,); return those that are ready, shape (m,)."""
        if self._stream is None:
            return samples
        resampled: NDArray[np.float32] = self._stream.resample_chunk(samples)
        return resampled

    def finish(self) -> NDArray[np.float32]:
        """The input ends here: return what was kept back."""
        if self._stream is None:
            return np.empty(0, np.float32)
        rest: NDArray[np.float32] = self._stream.resample_chunk(np.empty(0, np.float32), last=True)
        return rest
