"""Totals over the sources of a session."""

import pytest

from whipbird.events.reports import Summary
from whipbird.sessions.totals import Totals


def test_sums_of_all_sources():
    totals = Totals()
    totals.add(Summary("a.wav", 60.0, 1.0, 3, 20.0, None, None))  # in 3 s
    totals.add(Summary("b.wav", 30.0, 0.5, 0, 30.0, None, None))  # in 1 s
    total = totals.summary()
    assert (total.source, total.heard_s, total.lost_s, total.events) == (None, 90.0, 1.5, 3)
    assert total.realtime_factor == pytest.approx(90 / 4)
    assert total.delay_p50_s is None


def test_a_source_that_did_not_open_takes_no_time():
    totals = Totals()
    totals.add(Summary("nowhere.wav", 0.0, 0.0, 0, 0.0, None, None))
    assert totals.summary().realtime_factor == 0.0


def test_delays_of_all_events():
    totals = Totals()
    totals.delays.extend([0.1, 0.2, 0.3])
    assert totals.summary().delay_p50_s == pytest.approx(0.2)
