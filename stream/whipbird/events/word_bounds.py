"""Start and end of a word in the last second of sound, from its loudness.

A network says that there is a word, but not exactly where. The loudness of short frames does: the word is the sound
around the loudest frame that stands out from the quiet frames, across pauses as short as the closure in "stop".
"""

from __future__ import annotations

import math

import numpy as np

from whipbird.arrays import Floats

__all__ = ["FLOOR_DB", "FRAME_S", "frame_levels_db", "is_pause", "sound_bounds", "word_bounds"]

FRAME_S = 0.01
LONGEST_PAUSE_S = 0.12  # inside a word: stop consonants close the mouth for up to a tenth of a second
QUIET_SHARE = 0.1  # of the frames are taken to be background
DEPTH = 0.4  # the threshold, as a share of the way from background to the loudest frame in decibels
FLOOR_DB = -80.0  # digital silence counts as the quietest background of a 16-bit recording
LEAST_CONTRAST_DB = 6.0  # between background and the loudest frame; with less, start and end are not known
LEAST_SOUND_S = 0.06  # on either side of a pause
OFF_CENTRE_S = 0.15  # a word may be this far before the middle of the window when it becomes certain
SHORTEST_S = 0.02  # of a word, whatever its loudness says
ROUNDING = 1e-6  # of frames


def frame_levels_db(samples: Floats, frame: int) -> Floats:
    """Level of each whole frame in decibels, shape (samples // frame,), of the differences between samples.

    Differences weigh high frequencies more, so that hum and wind do not hide a word.
    """
    count = len(samples) // frame
    if count == 0:
        return np.empty(0, np.float32)
    differences = np.empty((count, frame), samples.dtype)
    flat = differences.reshape(-1)
    flat[0] = 0
    np.subtract(samples[1 : count * frame], samples[: count * frame - 1], out=flat[1:])
    power = np.einsum("ij,ij->i", differences, differences) / frame
    levels: Floats = 10 * np.log10(np.maximum(power, np.float32(10 ** (FLOOR_DB / 10))))
    return levels


def sound_bounds(levels_db: Floats, since: int = 0) -> tuple[int, int] | None:
    """Start and end, in frames, of the sound around the loudest frame; None if nothing stands out.

    Parameters
    ----------
    levels_db : array, shape (frames,)
        Levels of frames of `FRAME_S` each.
    since : int
        First frame of the search for the loudest one.
    """
    since = max(0, since)
    if since >= len(levels_db):
        return None
    background = float(np.quantile(levels_db, QUIET_SHARE))
    loudest = since + int(np.argmax(levels_db[since:]))
    contrast = float(levels_db[loudest]) - background
    if not contrast >= LEAST_CONTRAST_DB:
        return None
    loud = np.flatnonzero(levels_db >= background + DEPTH * contrast)
    breaks = np.flatnonzero(np.diff(loud) > round(LONGEST_PAUSE_S / FRAME_S))
    position = int(np.searchsorted(loud, loudest))
    first = int(breaks[breaks < position].max()) + 1 if (breaks < position).any() else 0
    last = int(breaks[breaks >= position].min()) if (breaks >= position).any() else len(loud) - 1
    return int(loud[first]), int(loud[last]) + 1


def word_bounds(
    by_scores: tuple[float, float],
    levels_db: Floats | None,
    frame_s: float,
    until_s: float,
    reference_s: float,
    previous_end_s: float,
    stop_s: float,
) -> tuple[float, float]:
    """Start and end, in seconds, of a word that has just become certain; no sound is in two words.

    Parameters
    ----------
    by_scores : (float, float)
        Start and end according to the scores, which count where nothing stands out.
    levels_db : array, shape (frames,), or None
        Levels of frames of `frame_s` each, the last of which ends at `until_s`; None if they are not known.
    reference_s : float
        How long before `until_s` the moment is that the scores are about.
    previous_end_s : float
        End of the word that was reported before.
    stop_s : float
        Where the sound ends; the silence after it is no background.
    """
    if levels_db is not None:
        silent = min(len(levels_db), math.ceil(max(0.0, until_s - stop_s) / frame_s - ROUNDING))
        levels_db = levels_db[: len(levels_db) - silent]
        until_s, reference_s = until_s - silent * frame_s, reference_s - silent * frame_s
        levels_db = levels_db[-max(1, math.floor((until_s - previous_end_s) / frame_s + ROUNDING)) :]
        since = len(levels_db) - math.ceil((reference_s + OFF_CENTRE_S) / frame_s - ROUNDING)
        found = sound_bounds(levels_db, since)
        if found is not None:
            first_s = until_s - len(levels_db) * frame_s
            return first_s + found[0] * frame_s, first_s + found[1] * frame_s
    return by_scores[0], max(by_scores[1], by_scores[0] + SHORTEST_S)


def is_pause(levels_db: Floats, frame: int) -> bool:
    """Whether a frame is in a pause between two sounds, longer than any inside a word.

    Parameters
    ----------
    levels_db : array, shape (frames,)
        Levels of frames of `FRAME_S` each.
    frame : int
        Number of the frame.
    """
    before, after = levels_db[:frame], levels_db[frame + 1 :]
    if not len(before) or not len(after):
        return False
    first, last = int(np.argmax(before)), frame + 1 + int(np.argmax(after))
    background = float(levels_db[first : last + 1].min())  # between the two sounds: it may be quieter before and after
    contrast = min(float(levels_db[first]), float(levels_db[last])) - background
    if not contrast >= LEAST_CONTRAST_DB:
        return False
    threshold = background + DEPTH * contrast
    if levels_db[frame] >= threshold:
        return False
    earlier, later = np.flatnonzero(before >= threshold), frame + 1 + np.flatnonzero(after >= threshold)
    if not len(earlier) or not len(later):
        return False
    least = round(LEAST_SOUND_S / FRAME_S)
    return later[0] - earlier[-1] - 1 > round(LONGEST_PAUSE_S / FRAME_S) and min(len(earlier), len(later)) >= least
