"""Plays clips on the system's loudspeaker, where there is one, while the terminal goes on."""

from __future__ import annotations

from typing import Any

import numpy as np

from whipbird.errors import WhipbirdError
from whipbird.review.clip_sound import ClipSound
from whipbird.sources.devices import portaudio

__all__ = ["Player"]

PEAK = 0.5  # of full scale, to which quiet clips are raised
MOST_GAIN = 30.0  # factor: about 30 dB


class Player:
    """A loudspeaker, or none.

    Attributes
    ----------
    problem : str
        Why nothing can be played; empty if it can.
    """

    def __init__(self) -> None:
        self.problem = ""
        self._sd: Any = None
        try:
            sd = portaudio()
            sd.check_output_settings()
            self._sd = sd
        except WhipbirdError as error:
            self.problem = str(error)
        except Exception as error:  # what PortAudio raises depends on the system
            self.problem = f"no sound card: {error}"

    def play(self, clip: ClipSound) -> None:
        """Play a clip from its start; stops the one before."""
        if self._sd is None:
            return
        sound = clip.samples.mean(axis=1)
        peak = float(np.abs(sound).max()) or 1.0
        try:
            self._sd.play(np.clip(sound * min(PEAK / peak, MOST_GAIN), -1, 1), clip.rate_hz)
        except Exception as error:
            self.problem, self._sd = f"cannot play: {error}", None

    def stop(self) -> None:
        """Stop playing."""
        if self._sd is not None:
            self._sd.stop()
