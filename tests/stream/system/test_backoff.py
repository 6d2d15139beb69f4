"""Backoff between attempts."""

import random
import time

from hypothesis import given
from hypothesis import strategies as st

from whipbird.system.backoff import Backoff


@given(st.floats(0.01, 10), st.floats(1, 100), st.integers(0, 30), st.randoms(use_true_random=False))
def test_pauses_stay_within_their_bounds(first_s, factor, attempts, random_):
    pauses = Backoff(first_s, first_s * factor, random_)
    assert all(first_s <= pauses.next_s() <= first_s * factor for _ in range(attempts))


def test_pauses_grow_and_begin_anew():
    pauses = Backoff(1.0, 60.0, random.Random(1))
    grown = [pauses.next_s() for _ in range(12)]
    for number, pause_s in enumerate(grown):
        usual_s = min(60.0, 2.0**number)
        assert 0.75 * usual_s <= pause_s <= 1.25 * usual_s
    pauses.reset()
    assert pauses.next_s() <= 1.25


def test_those_who_fail_together_do_not_come_back_together():
    pauses_s = {tuple(pauses.next_s() for _ in range(3)) for pauses in (Backoff(1.0, 60.0) for _ in range(5))}
    assert len(pauses_s) == 5


def test_waiting_ends_with_the_pause_or_when_it_is_stopped():
    pauses = Backoff(0.05, 0.05)
    begun_s = time.monotonic()
    assert pauses.over
    assert pauses.wait()
    assert time.monotonic() - begun_s >= 0.05
    assert pauses.wait(least_s=0.2)
    assert time.monotonic() - begun_s >= 0.25
    pauses.start(least_s=60.0)
    assert not pauses.over
    asked = iter([False, False, True])
    assert not pauses.wait(lambda: next(asked), least_s=60.0)
    pauses.reset()
    assert pauses.over
    assert time.monotonic() - begun_s < 30
