"""Backoff between attempts."""

import random
import time

from hypothesis import given
from hypothesis import strategies as st

from whipbird.system.backoff import Backoff


@given(st.floats(0.01, 10), st.floats(1, 100), st.integers(0, 30), st.randoms(use_true_random=False))
def test_pauses_stay_within_their_bounds(first_s, factor, attempts, random_):
    backoff = Backoff(first_s, first_s * factor, random_)
    assert all(first_s <= backoff.next_pause_s() <= first_s * factor for _ in range(attempts))


def test_pauses_grow_and_start_again():
    backoff = Backoff(1.0, 60.0, random.Random(1))
    grown = [backoff.next_pause_s() for _ in range(12)]
    for number, pause_s in enumerate(grown):
        usual_s = min(60.0, 2.0**number)
        assert 0.75 * usual_s <= pause_s <= 1.25 * usual_s
    backoff.reset()
    assert backoff.next_pause_s() <= 1.25


def test_pauses_differ_between_callers():
    pauses_s = {tuple(backoff.next_pause_s() for _ in range(3)) for backoff in (Backoff(1.0, 60.0) for _ in range(5))}
    assert len(pauses_s) == 5


def test_wait_ends_with_the_pause_or_when_stopped():
    backoff = Backoff(0.05, 0.05)
    started_s = time.monotonic()
    assert backoff.pause_over
    assert backoff.wait()
    assert time.monotonic() - started_s >= 0.05
    assert backoff.wait(least_s=0.2)
    assert time.monotonic() - started_s >= 0.25
    backoff.start_pause(least_s=60.0)
    assert not backoff.pause_over
    asked = iter([False, False, True])
    assert not backoff.wait(lambda: next(asked), least_s=60.0)
    backoff.reset()
    assert backoff.pause_over
    assert time.monotonic() - started_s < 30
