"""Start and end of the sound in a clip."""

import numpy as np
import pytest

from whipbird.errors import DataError
from whipbird_train.soundscapes.clip_bounds import best_bounds, true_bounds

RATE_HZ = 8_000


def make_clip(begin_s=0.3, end_s=0.7, hiss=1e-4):
    """A second of hiss, with a tone from ``begin_s`` to ``end_s``."""
    time = np.arange(RATE_HZ) / RATE_HZ
    tone = 0.3 * np.sin(2 * np.pi * 440 * time) * ((time >= begin_s) & (time < end_s))
    noise = np.random.default_rng(0).normal(0, hiss, len(time))
    return (tone + noise).astype(np.float32)


def test_bounds_are_those_of_the_sound():
    assert true_bounds(make_clip(), RATE_HZ) == (0.3, 0.7, True)


def test_a_closure_does_not_end_a_word_but_a_pause_does():
    stop, then = make_clip(end_s=0.5), 0.5 * make_clip(begin_s=0.65, end_s=0.8)
    assert true_bounds(stop + then, RATE_HZ)[:2] == (0.3, 0.8)
    assert true_bounds(stop + np.roll(then, RATE_HZ // 10), RATE_HZ)[:2] == (0.3, 0.5)


def test_an_end_at_the_end_of_the_clip_or_in_noise_is_not_reliable():
    assert not true_bounds(make_clip(end_s=1.0), RATE_HZ)[2]
    assert not true_bounds(make_clip(hiss=0.01), RATE_HZ)[2]


def test_an_unreliable_end_has_a_best_estimate():
    begin, end = best_bounds(make_clip(hiss=0.02), RATE_HZ)
    assert (begin / RATE_HZ, end / RATE_HZ) == pytest.approx((0.3, 0.7), abs=0.02)


@pytest.mark.parametrize("seconds", [1.0, 0.001])
def test_a_silent_clip_has_no_bounds(seconds):
    with pytest.raises(DataError, match="it is silent"):
        true_bounds(np.zeros(round(seconds * RATE_HZ), np.float32), RATE_HZ)


def test_a_sound_is_looked_for_in_a_place_only():
    loud = 2 * make_clip(begin_s=0.8, end_s=0.95, hiss=0)
    begin, end = best_bounds(make_clip(hiss=0.005) + loud, RATE_HZ, slice(RATE_HZ // 5, 3 * RATE_HZ // 4))
    assert (begin / RATE_HZ, end / RATE_HZ) == pytest.approx((0.3, 0.7), abs=0.02)
