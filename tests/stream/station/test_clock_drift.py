"""Drift of a source's clock, from simulated arrivals of samples."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from whipbird.station.clock_drift import ClockDrift

RATE_HZ = 48_000


def listen(ppm, hours, seed=0):
    """Simulate a sound card that is slow by ``ppm``, updated once a second with jitter."""
    drift = ClockDrift(100.0, 1e9, RATE_HZ, 30.0)
    jitter = np.random.default_rng(seed).exponential(0.02, int(hours * 3600))
    for second, late_s in enumerate(jitter, start=1):
        position = round(max(0.0, second - 0.05 - late_s) * (1 - ppm * 1e-6) * RATE_HZ)
        drift.update(100.0 + second, position)
    return drift


@settings(deadline=None, max_examples=20)
@given(st.floats(-200, 200), st.integers(0, 100))
@example(193.0, 51)  # the time after the last minimum of the latency counts as well
def test_rate_and_correction(ppm, seed):
    drift = listen(ppm, 1.0, seed)
    assert drift.ppm == pytest.approx(ppm, abs=3)
    assert drift.correction_s == pytest.approx(ppm * 1e-6 * 3600, abs=0.01)


def test_no_rate_before_it_is_known():
    drift = listen(50, 0.1)
    assert drift.ppm is None


def test_a_set_time_of_day_is_reported_once_and_followed():
    drift = ClockDrift(100.0, 1000.0, RATE_HZ, 30.0)
    assert drift.set_time(101.0, 1101.01) == 0.0
    assert drift.set_time(102.0, 4702.01) == pytest.approx(3600.0)
    assert drift.set_time(103.0, 4703.01) == 0.0
    assert drift.correction_s == pytest.approx(3600.01)
    assert drift.set_time(104.0, 1104.01) == pytest.approx(-3600.0)
    assert drift.correction_s == 0.0
