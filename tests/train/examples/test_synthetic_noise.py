"""Synthetic noises: every kind, all different, all valid."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whipbird_train.examples.synthetic_noise import KINDS, make_noises

RATE_HZ = 16_000


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), seconds=st.sampled_from([0.5, 1.0, 3.0]), rate_hz=st.sampled_from([8_000, 16_000])
)
def test_all_are_sound_at_one_level(seed, seconds, rate_hz):
    length = round(seconds * rate_hz)
    for noise in make_noises(len(KINDS), length, rate_hz, np.random.default_rng(seed)):
        assert noise.shape == (length,)
        assert noise.dtype == np.float32
        assert np.isfinite(noise).all()
        level = np.sqrt(np.mean(np.square(noise, dtype=float)))
        assert level == pytest.approx(0.1, rel=1e-3) or level == 0  # music may start with a long rest


def test_the_same_seed_makes_the_same_noises():
    one, other = (make_noises(9, RATE_HZ, RATE_HZ, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    assert len(one) == 9


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_two_are_alike(kind):
    rng = np.random.default_rng(1)
    one, other = (kind(2 * RATE_HZ, RATE_HZ, rng) for _ in range(2))
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.9
