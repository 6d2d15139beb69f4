"""Sounds with known answers, as surveys of recordings that hold them."""

from contextlib import closing

import numpy as np
import soundfile

from whipbird.inspect.facts import facts_of, form_of
from whipbird.inspect.survey import survey_recording
from whipbird.recordings.reader import Recording


def sine(frequency_hz, seconds, rate_hz, amplitude=0.5):
    return amplitude * np.sin(2 * np.pi * frequency_hz * np.arange(round(seconds * rate_hz)) / rate_hz)


def noise(seconds, rate_hz, level=0.1, seed=1):
    return np.random.default_rng(seed).normal(0, level, round(seconds * rate_hz))


def write(path, sound, rate_hz, subtype="PCM_16"):
    soundfile.write(path, sound, rate_hz, subtype=subtype)
    return str(path)


def surveyed(path, *arguments, **options):
    recording = Recording(str(path))
    try:
        return survey_recording(recording, recording.encoding, *arguments, **options)
    finally:
        recording.close()


def facts(path, **options):
    found = surveyed(path, **options)
    with closing(Recording(str(path))) as recording:
        return facts_of(str(path), form_of(recording), found), found


def cut(sound, cuts):
    """Blocks of a sound, cut at these samples."""
    return np.split(sound, np.unique(np.clip(cuts, 0, len(sound))))


def measured(measure, sound, cuts=()):
    """A measuring object after a sound, which it gets in blocks cut at these samples."""
    for block in cut(np.asarray(sound, np.float32), list(cuts)):
        measure.push(block)
    measure.finish()
    return measure


def chirps(seconds, rate_hz=16_000):
    """A bird that sings between 2 and 4 kHz, shape (n, 1)."""
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    phase = 2 * np.pi * (3000 * time - 1000 / (2 * np.pi * 3) * np.cos(2 * np.pi * 3 * time))
    return (0.2 * np.sin(phase) * (np.sin(2 * np.pi * 1.5 * time) > 0)).astype(np.float32)[:, None]
