"""Clips of made calls, whistles that fall in pitch, and background without them."""

import numpy as np
import soundfile

from whipbird.segments.segment import BACKGROUND, Segment, write_segment

RATE_HZ = 16_000
CALL_S, HIGH_HZ, LOW_HZ = 0.6, 1400.0, 900.0


def whistle(rng, level=0.2):
    """A call: shape (samples,)."""
    time = np.arange(round(CALL_S * RATE_HZ)) / RATE_HZ
    pitch = np.linspace(HIGH_HZ, LOW_HZ, len(time)) * rng.uniform(0.95, 1.05)
    return (level * np.sin(2 * np.pi * np.cumsum(pitch) / RATE_HZ) * np.hanning(len(time))).astype(np.float32)


def made_recording(path, seed, calls=(), seconds=20):
    """A recording of noise with calls at some times; returns its path."""
    rng = np.random.default_rng(seed)
    sound = rng.normal(0, 0.01, seconds * RATE_HZ).astype(np.float32)
    for begin_s in calls:
        start = round(begin_s * RATE_HZ)
        one = whistle(rng)
        sound[start : start + len(one)] += one
    soundfile.write(path, sound, RATE_HZ, subtype="FLOAT")
    return str(path)


def made_clips(folder, recordings=3, calls=(3.0, 9.0), label="whistle"):
    """A folder of clips, as ``whipbird segments`` cuts them, with background of the same recordings; returns it."""
    for number in range(recordings):
        path = made_recording(folder.parent / f"night {number}.wav", number, calls)
        name = f"night {number}.wav"
        for begin_s in calls:
            write_segment(Segment(path, name, label, begin_s, begin_s + CALL_S, 1.0), folder)
        write_segment(Segment(path, name, BACKGROUND, 11.0, 20.0), folder)
    return folder
