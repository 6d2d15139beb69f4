"""Takes whose missing part is determined by the given part."""

import numpy as np

from whipbird_train.extrapolate.takes import Takes
from whipbird_train.extrapolate.task import Cut

RATE_HZ = 8000
CUT = Cut(1200, 2400, RATE_HZ)
PARTIALS_HZ = (210, 430, 660)


def sines(count=12, seed=0, longer=200):
    """A family of sounds: the same three tones with different levels and phases."""
    rng = np.random.default_rng(seed)
    seconds = np.arange(CUT.length + longer) / RATE_HZ
    waves = []
    for _ in range(count):
        phases, levels = rng.uniform(0, 2 * np.pi, 3), rng.uniform(0.05, 0.2, 3)
        tones = np.sin(2 * np.pi * np.outer(PARTIALS_HZ, seconds) + phases[:, np.newaxis])
        waves.append(levels @ tones)
    return waves


def hums(count=12, seed=0):
    """Noise that gets louder or softer half way: the missing part has a known spectrum, but unknown samples."""
    rng = np.random.default_rng(seed)
    waves = []
    for _ in range(count):
        wave = rng.normal(0, 0.1, CUT.length)
        wave[CUT.provided :] *= 0.1
        waves.append(wave)
    return waves


def takes_of(waves):
    return Takes(tuple(f"take{number}" for number in range(len(waves))), waves, CUT)
