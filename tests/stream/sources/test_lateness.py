"""How late sound arrives."""

import numpy as np
import pytest

from whipbird.sources.lateness import Lateness


def play(lateness, begin_s, end_s, delay_s, place_s=0.0):
    """Blocks of 20 ms; ``place_s`` was counted as lost before them. Returns how late each is."""
    late = []
    for end in np.arange(begin_s + 0.02, end_s + 0.01, 0.02):
        now_s = end + delay_s(end)
        late.append(lateness.late_s(now_s, end + place_s))
        lateness.update(now_s, end + place_s)
    return late


def test_lateness_is_above_the_smallest():
    lateness = Lateness()
    play(lateness, 0, 5, lambda _: 0.3)
    assert play(lateness, 5, 6, lambda _: 0.5)[-1] == pytest.approx(0.2, abs=0.01)
    assert play(lateness, 6, 7, lambda _: 0.1)[0] == pytest.approx(-0.2, abs=0.01)  # the smallest from now on
    assert play(lateness, 7, 8, lambda _: 0.3)[-1] == pytest.approx(0.2, abs=0.01)


def test_lateness_that_lasts():
    lateness = Lateness()
    play(lateness, 0, 5, lambda _: 0.0)
    play(lateness, 5, 5.5, lambda _: 1.0)
    assert lateness.lasting_s(1.0) == pytest.approx(0.0, abs=0.01)
    play(lateness, 5.5, 7, lambda _: 1.0)
    assert lateness.lasting_s(1.0) == pytest.approx(1.0, abs=0.01)


def test_sound_that_catches_up_is_not_missing():
    lateness = Lateness()
    play(lateness, 0, 5, lambda _: 0.0)
    play(lateness, 5, 10, lambda time_s: 5 - 0.9 * (time_s - 5))
    assert lateness.lasting_s(1.0) == 0.0


def test_a_wrong_guess_does_not_permit_the_next():
    """Sound that was called lost arrives after all: it is early, and the smallest lag stays."""
    lateness = Lateness()
    play(lateness, 0, 5, lambda _: 0.0)
    lateness.guess(1.0)
    play(lateness, 5, 6, lambda _: 1.0, place_s=1.0)
    play(lateness, 6, 8, lambda _: 0.0, place_s=1.0)
    assert lateness.early_s == pytest.approx(1.0, abs=0.01)
    assert lateness.late_s(9.0, 9.0) == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("drift", [-1e-4, 1e-4])
def test_clocks_that_drift(drift):
    lateness = Lateness()
    lateness.guess(10.0)
    play(lateness, 0, 3600, lambda time_s: 1 + drift * time_s)
    assert lateness.lasting_s(30.0) == pytest.approx(0.0, abs=0.01)
    assert lateness.early_s == pytest.approx(0.0, abs=0.01)
