"""Simulated rooms: echoes last about as long as asked for."""

import numpy as np
import pytest

pytest.importorskip("pyroomacoustics")

from whipbird_train.examples.simulated_rooms import simulated_room

RATE_HZ = 16_000


def reverberation_s(response):
    """RT60, from the decay between -5 and -25 dB."""
    left = np.cumsum(np.square(response[::-1], dtype=np.float64))[::-1]
    level_db = 10 * np.log10(left / left[0] + 1e-12)
    return 3 * (np.argmax(level_db < -25) - np.argmax(level_db < -5)) / RATE_HZ


@pytest.mark.parametrize("rt60_s", [0.3, 0.6])
def test_echoes_die_away_in_time(rt60_s):
    rng = np.random.default_rng(1)
    found = [reverberation_s(simulated_room(rng, RATE_HZ, (rt60_s, rt60_s), (1.0, 2.0))) for _ in range(4)]
    assert 0.6 * rt60_s < np.median(found) < 1.8 * rt60_s


def test_the_same_seed_gives_the_same_room():
    one, again = (simulated_room(np.random.default_rng(2), RATE_HZ, (0.2, 0.3), (0.5, 1)) for _ in range(2))
    np.testing.assert_array_equal(one, again)
