"""Measures with their intervals."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from whipbird_train.evaluate.intervals import ConfidenceInterval, bootstrap, f1, poisson_rate, share, wilson_interval


@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.39), (100, 81.36, 121.63)]
)
def test_a_rate_has_the_interval_of_garwood(count, low, high):
    """Exact limits of a Poisson mean, as in Garwood's table."""
    rate = poisson_rate(count, 1)
    assert rate.value == count
    assert (rate.low, rate.high) == pytest.approx((low, high), rel=1e-3)


def test_a_rate_is_per_hour():
    assert poisson_rate(10, 4).as_list() == [2.5, 1.199, 4.598]
    assert poisson_rate(0, 0.5).as_list() == [0, 0, 7.378]


def test_in_no_time_there_is_no_rate():
    assert poisson_rate(0, 0) == ConfidenceInterval(None, None, None)


def test_the_interval_is_wilsons():
    """Figures from Newcombe 1998 (doi 10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E), table I."""
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson_interval(15, 148) == pytest.approx((0.0624, 0.1605), abs=1e-4)
    assert wilson_interval(0, 20) == pytest.approx((0, 0.1611), abs=1e-4)
    assert wilson_interval(1, 29) == pytest.approx((0.0061, 0.1718), abs=1e-4)
    assert wilson_interval(0, 0) == (0, 1)


def test_a_share_has_the_interval_of_wilson():
    assert share(15, 148) == ConfidenceInterval(15 / 148, *wilson_interval(15, 148))
    assert share(0, 0) == ConfidenceInterval(None, 0, 1)


def test_numbers_in_json_have_four_digits():
    assert ConfidenceInterval(1 / 3, 0.000123456, 12345.6).as_list() == [0.3333, 0.0001235, 12350]
    assert json.dumps(ConfidenceInterval(np.float64(0.5), None, None).as_list()) == "[0.5, null, null]"


def test_the_bootstrap_of_a_mean_is_about_that_of_the_normal_distribution():
    rows = np.random.default_rng(0).normal(3, 2, size=(400, 1))
    found = bootstrap(rows, np.mean)
    spread = 1.96 * rows.std() / 400**0.5
    assert found.value == pytest.approx(rows.mean())
    assert (found.low, found.high) == pytest.approx((rows.mean() - spread, rows.mean() + spread), abs=0.03)


def test_recordings_are_drawn_whole():
    """Both columns of a row belong together: the statistic is 0 in every draw."""
    rows = np.random.default_rng(0).integers(0, 9, size=(20, 1)).repeat(2, axis=1)
    assert bootstrap(rows, lambda drawn: drawn[:, 0].sum() - drawn[:, 1].sum()) == ConfidenceInterval(0, 0, 0)


def test_the_same_values_have_the_same_interval():
    rows = np.arange(9)[:, np.newaxis] ** 2
    assert bootstrap(rows, np.mean, draws=50) == bootstrap(rows, np.mean, draws=50)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=6))
def test_the_order_of_the_recordings_does_not_matter(rows):
    def ratio(drawn):
        below = drawn.sum()
        return drawn[:, 0].sum() / below if below else np.nan

    assert bootstrap(rows, ratio, draws=30) == bootstrap(rows[::-1], ratio, draws=30)


def test_one_recording_has_no_interval_and_none_has_no_value():
    assert bootstrap([[3.0]], np.mean) == ConfidenceInterval(3, None, None)
    assert bootstrap(np.zeros((0, 2)), np.mean) == ConfidenceInterval(None, None, None)


def test_a_statistic_that_is_not_there_in_some_draws_or_at_all():
    def ratio(drawn):
        return drawn[:, 0].sum() / drawn[:, 1].sum() if drawn[:, 1].any() else np.nan

    assert bootstrap([[1, 2], [0, 0], [0, 0]], ratio) == ConfidenceInterval(0.5, 0.5, 0.5)
    assert bootstrap([[0, 0], [0, 0]], ratio) == ConfidenceInterval(None, None, None)


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300))
def test_f1_is_in_an_interval_that_gets_narrower_with_more_sounds(hits, missed, false):
    found = f1(hits, hits + missed, hits + false)
    if not hits + missed + false:
        assert found == ConfidenceInterval(None, 0, 1)
        return
    assert found.value == pytest.approx(2 * hits / (2 * hits + missed + false))
    assert 0 <= found.low < found.high <= 1
    assert found.low - 1e-9 <= found.value <= found.high + 1e-9
    more = f1(9 * hits, 9 * (hits + missed), 9 * (hits + false))
    assert more.high - more.low < found.high - found.low


def test_f1_has_the_interval_of_what_a_resampling_of_sounds_gives():
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(300, [0.8, 0.15, 0.05], 20_000)  # hits, misses, false alarms
    scores = 2 * drawn[:, 0] / (2 * drawn[:, 0] + drawn[:, 1] + drawn[:, 2])
    found = f1(240, 285, 255)
    assert (found.low, found.high) == pytest.approx(np.quantile(scores, (0.025, 0.975)), abs=0.005)
