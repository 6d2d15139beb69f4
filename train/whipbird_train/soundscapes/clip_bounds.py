"""Start and end of the sound in a clip, by energy in frames of 10 ms.

Sound has shape (samples,), levels are in decibels relative to the loudest frame.
"""

from __future__ import annotations

import numpy as np

from whipbird.arrays import Floats
from whipbird.errors import DataError

__all__ = ["FRAMES_PER_S", "best_bounds", "true_bounds"]


FRAMES_PER_S = 100
QUIETEST_DB = -30.0  # of a sound, relative to its loudest frame
QUIETEST_OF_LONG_DB = -20.0
LONG_CLIP_S = 1.5  # a longer clip is a call outdoors, not a word
LONGEST_PAUSE = 20  # frames, inside a sound
QUIET_SHARE = 0.1  # of a clip's frames: their level is the background
LOUDEST_BACKGROUND_DB = -40.0  # relative to the loudest frame; a louder background hides the end of the sound
CUT_OFF_S = 0.03
ABOVE_BACKGROUND_DB, HIGHEST_DB = 10.0, -12.0  # what counts as sound in a loud background


def true_bounds(clip: Floats, rate_hz: int, quietest_db: float = QUIETEST_DB) -> tuple[float, float, bool]:
    """Start and end of the sound in a clip, in seconds, and whether the end is reliable.

    The sound extends from the loudest 10 ms frame in both directions to the last frame above the quietest level, across
    pauses of up to 0.2 s (the closures of "stop" and "right" are shorter). The end is not reliable if the quietest
    tenth of the frames is above -40 dB relative to the loudest, or if the sound ends within the last 30 ms of its clip.
    The end is a late one: it includes the last breath of "off".

    Parameters
    ----------
    clip : array, shape (samples,)
    quietest_db : float
        Relative to the loudest frame.

    Raises
    ------
    DataError
        If the clip is silent, or shorter than a frame.
    """
    powers_db = _powers_db(clip, rate_hz)
    levels_db = powers_db - powers_db.max()
    loud = np.flatnonzero(levels_db > quietest_db)
    parts = np.split(loud, np.flatnonzero(np.diff(loud) > LONGEST_PAUSE) + 1)
    sound = next(part for part in parts if int(np.argmax(levels_db)) in part)
    frame = rate_hz // FRAMES_PER_S
    begin_s, end_s = float(sound[0] * frame / rate_hz), float((sound[-1] + 1) * frame / rate_hz)
    quiet = np.quantile(levels_db, QUIET_SHARE) < LOUDEST_BACKGROUND_DB
    return begin_s, end_s, bool(quiet and end_s < len(clip) / rate_hz - CUT_OFF_S)


def best_bounds(samples: Floats, rate_hz: int, place: slice = slice(None)) -> tuple[int, int]:
    """Start and end of the sound in a clip, in samples; the best estimate if they are not reliable.

    In a loud background, only frames 10 dB above it count. In a clip longer than 1.5 s, only frames above -20 dB
    relative to the loudest frame count.

    Parameters
    ----------
    place : slice, optional
        The samples among which the sound is; what is around them is background.

    Raises
    ------
    DataError
        If the clip is silent there, or shorter than a frame.
    """
    first, last, _ = place.indices(len(samples))
    inside = samples[first:last]
    quietest_db = QUIETEST_OF_LONG_DB if len(inside) > LONG_CLIP_S * rate_hz else QUIETEST_DB
    loudest_db = _powers_db(inside, rate_hz).max()
    background_db = float(np.quantile(_powers_db(samples, rate_hz), QUIET_SHARE) - loudest_db)
    if background_db > LOUDEST_BACKGROUND_DB:
        quietest_db = max(quietest_db, min(background_db + ABOVE_BACKGROUND_DB, HIGHEST_DB))
    begin_s, end_s, _ = true_bounds(inside, rate_hz, quietest_db)
    return first + round(begin_s * rate_hz), first + round(end_s * rate_hz)


def _powers_db(clip: Floats, rate_hz: int) -> Floats:
    """Level of each whole frame, relative to full scale."""
    frame = rate_hz // FRAMES_PER_S
    frames = clip[: len(clip) // frame * frame].reshape(-1, frame)
    if not frames.any():
        raise DataError("it is silent")
    powers_db: Floats = 10 * np.log10(np.maximum(np.mean(np.square(frames), axis=1), 1e-12))
    return powers_db
