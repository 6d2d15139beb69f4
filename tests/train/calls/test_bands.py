"""The band of calls, and the place of a call in the event of a model."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from made_calls import CALL_S, HIGH_HZ, LOW_HZ, RATE_HZ, whistle
from whipbird_train.calls.bands import call_band_hz, loudest_in_band

LENGTH = round(CALL_S * RATE_HZ)


def clip(rng, begin_s, seconds=7):
    """A whistle in noise, with a cricket that is louder."""
    wave = rng.normal(0, 0.01, seconds * RATE_HZ).astype(np.float32)
    time = np.arange(len(wave)) / RATE_HZ
    wave += (0.3 * np.sin(2 * np.pi * 4000 * time) * ((time > 2.2) & (time < 2.5))).astype(np.float32)
    begin = round(begin_s * RATE_HZ)
    wave[begin : begin + LENGTH] += whistle(rng)
    return wave, begin, begin + LENGTH


def test_a_call_is_found_by_its_band_and_length_beside_a_louder_sound():
    rng = np.random.default_rng(1)
    low_hz, high_hz = band_hz = call_band_hz([clip(rng, 5.0) for _ in range(5)], RATE_HZ)
    assert LOW_HZ / 1.3 < low_hz < LOW_HZ * 1.1
    assert HIGH_HZ / 1.2 < high_hz < HIGH_HZ * 1.3
    for begin_s in (2.7, 3.3, 4.2):
        wave, begin, _ = clip(rng, begin_s)
        found = loudest_in_band(wave, RATE_HZ, slice(2 * RATE_HZ, 5 * RATE_HZ), band_hz, LENGTH)
        assert abs(found[0] - begin) < 0.05 * RATE_HZ
        assert found[1] - found[0] == LENGTH


@given(st.integers(1, 300), st.integers(0, 299), st.integers(1, 300), st.integers(1, 400))
def test_the_span_is_within_its_place(size, first, length, most):
    wave = np.random.default_rng(size).normal(size=size).astype(np.float32)
    place = slice(min(first, size - 1), min(first, size - 1) + length)
    begin, end = loudest_in_band(wave, 1000, place, (100.0, 400.0), most)
    assert place.start <= begin < end <= min(place.stop, size)
    assert end - begin == min(most, min(place.stop, size) - place.start)
