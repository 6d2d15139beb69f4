"""Mutes live sound while somebody speaks, from before the voice until some time after it.

Voices are found as in clips (`whipbird.sinks.clips.voices`), in the last `WINDOW_S` seconds of sound, again and again.
A second of sound is sent only when what follows it has been judged too, so that the start of a voice is muted as well.
"""

from __future__ import annotations

import numpy as np

from whipbird.arrays import Floats
from whipbird.sinks.clips.voices import VoiceDetector

__all__ = ["DELAY_S", "STEP_S", "VoiceMute"]

STEP_S = 1.0  # that is let through or muted at once
DELAY_S = 2 * STEP_S  # from the start of a step until it is let through
MARGIN_S, HOLD_S = 0.5, 2.0  # muted before and after a voice
WINDOW_S = 5.0


class VoiceMute:
    """Lets sound through unless somebody speaks.

    Parameters
    ----------
    detector : VoiceDetector
    rate_hz : int

    Attributes
    ----------
    is_on : bool
        Whether the last step was muted.
    """

    def __init__(self, detector: VoiceDetector, rate_hz: int) -> None:
        self._detector = detector
        self._rate_hz = rate_hz
        self._window: Floats = np.empty(0, np.float32)
        self.is_on = False

    def push(self, step: Floats) -> Floats:
        """Take the sound of a step, shape (n,); return that of the step before it, or silence."""
        self._window = np.concatenate((self._window, step))[-round(WINDOW_S * self._rate_hz) :]
        if len(self._window) == len(step):
            return np.zeros_like(step)
        begin_s = len(self._window) / self._rate_hz - DELAY_S
        end_s = begin_s + STEP_S
        spans = self._detector.spans_in(self._window[:, None], self._rate_hz)
        self.is_on = any(first < end_s + MARGIN_S and last > begin_s - HOLD_S for first, last in spans)
        if self.is_on:
            return np.zeros_like(step)
        return self._window[-2 * len(step) : -len(step)].copy()
