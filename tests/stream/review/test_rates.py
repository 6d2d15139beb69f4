"""Rates have the interval that training computes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whipbird.review.rates import poisson_rate


@given(st.integers(0, 500), st.floats(0.01, 1e5))
def test_intervals_are_those_of_chi_square(count, hours):
    intervals = pytest.importorskip("whipbird_train.evaluate.intervals", reason="the extra 'evaluate' is not installed")
    expected = intervals.poisson_rate(count, hours)
    rate = poisson_rate(count, hours)
    assert (rate.per_hour, rate.low, rate.high) == pytest.approx(
        (expected.value, expected.low, expected.high), rel=1e-6
    )


def test_without_time_there_is_no_rate():
    assert poisson_rate(0, 0.0) is None
