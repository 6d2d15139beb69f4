import numpy as np
import pytest

from whipbird.audio.conceal import conceal
from whipbird.engine.gap_filling import NO_SAMPLES, GapFiller
from whipbird.engine.grid import FILL_S

RATE_HZ = 1000


def test_a_short_gap_is_filled_from_the_sound_on_either_side(noise):
    past, future = noise[:1000], noise[1000:2000]
    filler = GapFiller(RATE_HZ)
    for piece in np.split(past, 10):
        filler.push(piece)
    filling = filler.fill(20, 1.0, 1.02, future)
    np.testing.assert_array_equal(filling, conceal(past, 20, future, RATE_HZ))


def test_the_sound_before_an_earlier_gap_does_not_count(noise):
    filler = GapFiller(RATE_HZ)
    filler.push(noise[:1000])
    filler.fill(20, 1.0, 1.02, NO_SAMPLES)
    assert not filler.fill(20, 1.02, 1.04, NO_SAMPLES).any()


@pytest.mark.parametrize(("extra", "is_filled"), [(0, True), (1, False)])
def test_a_long_gap_is_not_filled(extra, is_filled):
    samples = round(FILL_S * RATE_HZ) + extra
    filler = GapFiller(RATE_HZ)
    assert (filler.fill(samples, 0.0, samples / RATE_HZ, NO_SAMPLES) is not None) == is_filled
    assert filler.has_filled(0.1, 0.2) == is_filled


def test_it_is_remembered_where_gaps_were_filled():
    filler = GapFiller(RATE_HZ)
    for start_s in (1, 3):
        filler.fill(100, start_s, start_s + 0.1, NO_SAMPLES)
    asked = [(0.0, 1.0), (0.5, 1.05), (1.1, 3.0), (1.05, 1.5), (0.0, 9.0), (3.1, 4.0)]
    assert [filler.has_filled(*span) for span in asked] == [False, True, False, True, True, False]
