"""Pure tones, sweeps and clicks, faded at both ends.

Sounds have shape (samples,) and a peak of up to 1. They are computed in double precision and are the same every time.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from whipbird.arrays import Doubles

__all__ = ["CLICK_S", "at_level", "clicks", "faded", "joined", "sweep", "tone"]

CLICK_S = 0.001


def tone(frequency_hz: float, seconds: float, rate_hz: int) -> Doubles:
    """A sine that starts at phase 0."""
    wave: Doubles = np.sin(2 * np.pi * frequency_hz * _times_s(seconds, rate_hz))
    return wave


def sweep(start_hz: float, end_hz: float, seconds: float, rate_hz: int) -> Doubles:
    """A sine whose frequency rises or falls exponentially from one to another (Farina, 2000).

    Each octave takes the same time.
    """
    growth = np.log(end_hz / start_hz)
    if growth == 0:
        return tone(start_hz, seconds, rate_hz)
    times_s = _times_s(seconds, rate_hz)
    wave: Doubles = np.sin(2 * np.pi * start_hz * seconds / growth * np.expm1(times_s / seconds * growth))
    return wave


def clicks(per_s: float, seconds: float, rate_hz: int) -> Doubles:
    """Clicks of half a sine of 1 ms, the first at the start, with silence between them."""
    sound = np.zeros(len(_times_s(seconds, rate_hz)))
    size = max(1, round(CLICK_S * rate_hz))
    click = np.sin(np.pi * (np.arange(size) + 0.5) / size)
    for number in range(int(np.ceil(seconds * per_s))):
        start = round(number / per_s * rate_hz)
        part = sound[start : start + len(click)]
        part[:] = click[: len(part)]
    return sound


def faded(sound: Doubles, fade_s: float, rate_hz: int) -> Doubles:
    """The sound with half-cosine fades of ``fade_s`` at both ends, or of half its length if it is shorter."""
    count = min(round(fade_s * rate_hz), len(sound) // 2)
    rise = 0.5 - 0.5 * np.cos(np.pi * (np.arange(count) + 0.5) / max(1, count))
    result = sound.copy()
    result[:count] *= rise
    result[len(sound) - count :] *= rise[::-1]
    return result


def at_level(sound: Doubles, level_dbfs: float) -> Doubles:
    """The sound scaled so that its peak is at a level; full scale is 0 dBFS."""
    peak = float(np.abs(sound).max(initial=0.0))
    return sound * (10 ** (level_dbfs / 20) / peak) if peak else sound


def joined(
    frequencies_hz: Sequence[float],
    sweep_hz: tuple[float, float] | None,
    clicks_per_s: float | None,
    seconds: float,
    rate_hz: int,
    fade_s: float,
    level_dbfs: float,
    together: bool,
) -> Doubles:
    """Tones, then a sweep, then clicks, each of the same length; one after the other, or added up.

    Parameters
    ----------
    frequencies_hz : sequence of float
        Frequencies of the tones; may be empty if there is a sweep or clicks.
    sweep_hz : (float, float) or None
        First and last frequency of the sweep.
    clicks_per_s : float or None
    seconds : float
        Length of each sound.
    rate_hz : int
    fade_s : float
        Length of the fade at both ends of tones and sweep.
    level_dbfs : float
        Level of the highest peak.
    together : bool
        Add the sounds up instead of putting one after the other.
    """
    waves = [tone(frequency_hz, seconds, rate_hz) for frequency_hz in frequencies_hz]
    if sweep_hz is not None:
        waves.append(sweep(*sweep_hz, seconds, rate_hz))
    sounds = [faded(wave, fade_s, rate_hz) for wave in waves]
    if clicks_per_s is not None:  # they start and end in silence
        sounds.append(clicks(clicks_per_s, seconds, rate_hz))
    return at_level(np.sum(sounds, axis=0) if together else np.concatenate(sounds), level_dbfs)


def _times_s(seconds: float, rate_hz: int) -> Doubles:
    return np.arange(round(seconds * rate_hz)) / rate_hz
