"""Effort by hour, from starts, lengths and gaps."""

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whipbird.activity.effort import HOUR_S, day_of, heard_spans, hour_at, seconds_by_hour

times = st.integers(0, 10**6).map(float)


def test_a_recording_over_two_hours():
    begin_s = 1.5 * HOUR_S  # 1970-01-01 01:30
    assert seconds_by_hour(begin_s, [(0, 2 * HOUR_S)]) == {1: 1800, 2: 3600, 3: 1800}


def test_gaps_are_no_effort():
    assert list(heard_spans(100, [(10, 20), (90, 100)])) == [(0, 10), (20, 90)]
    assert list(heard_spans(100, [(0, 100)])) == []
    assert list(heard_spans(100, [])) == [(0, 100)]


def test_without_a_start_the_hour_is_not_known():
    assert seconds_by_hour(None, [(0, 10), (20, 25)]) == {None: 15}
    assert hour_at(None, 3) is None


def test_days_start_at_midnight():
    assert [day_of(hour) for hour in (0, 23, 24, -1)] == [
        date(1970, 1, 1),
        date(1970, 1, 1),
        date(1970, 1, 2),
        date(1969, 12, 31),
    ]


@given(st.floats(-1e9, 2e9), times, st.lists(st.tuples(times, times).map(sorted).map(tuple), max_size=5))
def test_all_seconds_are_in_some_hour(start_s, elapsed_s, gaps):
    """Heard and lost seconds add up to the whole, and no hour has more than an hour."""
    spans = list(heard_spans(elapsed_s, gaps))
    seconds = set(range(int(elapsed_s))) if elapsed_s <= 2000 else None
    by_hour = seconds_by_hour(start_s, spans)
    assert sum(by_hour.values()) == pytest.approx(sum(end - begin for begin, end in spans), abs=1e-3)
    assert all(0 < heard_s <= HOUR_S + 1e-6 for heard_s in by_hour.values())
    assert all(isinstance(hour, int) for hour in by_hour)
    if seconds is not None:
        heard = {second for begin, end in spans for second in range(int(begin), int(end))}
        lost = {second for begin, end in gaps for second in range(int(begin), int(end))}
        assert heard == seconds - lost
    for begin_s, _ in spans:
        assert hour_at(start_s, begin_s) == math.floor((start_s + begin_s) / HOUR_S)
