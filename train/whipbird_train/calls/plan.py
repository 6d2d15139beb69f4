"""What a network looks at, from the clips: window, hop and band follow from length, energy and pitch of the calls.

A window holds a call with some sound before and after it, so that both of its ends are seen. The band is where calls
are louder than what surrounds them, and some more on either side, so that sounds that are not in the band alone are
distinguished.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from whipbird.models.frontends.log_mel import LogMelSettings
from whipbird_train.calls.bands import LOWEST_HZ, NYQUIST_SHARE, call_band_hz
from whipbird_train.calls.sounds import Call

__all__ = ["FRAMES", "Plan", "make_plan"]

FRAMES = 64  # in a window
HOP_FRAMES = 8
BANDS = 48
RATES_HZ = (16_000, 32_000, 48_000)
CALLS_IN_WINDOW = 1.7  # lengths of a usual call
SHORTEST_S, LONGEST_S = 0.4, 4.0  # of a window
BEYOND_OCTAVES = 0.5  # on either side of the calls
LEAST_OCTAVES = 2.0  # of a band
FRAME_S = 0.064  # of a transform, for pitches
FRAME_STEPS = 4  # at most, so that short calls are not smeared


@dataclass(frozen=True)
class Plan:
    """What a network looks at.

    Attributes
    ----------
    length_s : float
        Of a usual call.
    window_s : float
    low_hz, high_hz : float
        Band of the network.
    """

    length_s: float
    window_s: float
    low_hz: float
    high_hz: float

    @property
    def rate_hz(self) -> int:
        """The lowest rate that holds the band."""
        return next((rate for rate in RATES_HZ if self.high_hz <= NYQUIST_SHARE * rate), RATES_HZ[-1])

    @property
    def step(self) -> int:
        """Samples from one frame to the next."""
        return max(1, round(self.window_s * self.rate_hz / FRAMES))

    @property
    def hop_s(self) -> float:
        return HOP_FRAMES * self.step / self.rate_hz

    @property
    def frontend(self) -> LogMelSettings:
        frame = min(round(FRAME_S * self.rate_hz), FRAME_STEPS * self.step)
        fft = 2 ** int(np.ceil(np.log2(2 * frame)))  # narrow bands at low frequencies need many bins
        high_hz = min(self.high_hz, NYQUIST_SHARE * self.rate_hz)
        return LogMelSettings(
            frame=frame, step=self.step, fft=fft, bands=BANDS, low_hz=round(self.low_hz), high_hz=round(high_hz)
        )


def make_plan(
    calls: Sequence[Call], rate_hz: int, window_s: float | None = None, band_hz: tuple[float, float] | None = None
) -> Plan:
    """The plan for some calls, with a window or a band that the user chose."""
    length_s = float(np.median([one.end - one.begin for one in calls])) / rate_hz
    if window_s is None:
        window_s = min(max(CALLS_IN_WINDOW * length_s, SHORTEST_S), LONGEST_S)
    low_hz, high_hz = _band_hz(calls, rate_hz) if band_hz is None else band_hz
    return Plan(length_s, window_s, low_hz, high_hz)


def _band_hz(calls: Sequence[Call], rate_hz: int) -> tuple[float, float]:
    edges_hz = call_band_hz([(one.wave, one.begin, one.end) for one in calls], rate_hz)
    low, high = np.log2(edges_hz[0]) - BEYOND_OCTAVES, np.log2(edges_hz[1]) + BEYOND_OCTAVES
    more = max(0.0, LEAST_OCTAVES - (high - low)) / 2
    low, high = low - more, high + more
    return max(LOWEST_HZ, float(2**low)), min(NYQUIST_SHARE * rate_hz, float(2**high))
