"""Detectors that share a front end get the features of one of their own, and each is computed once."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from made_frontends import KINDS, RATE_HZ, made, sweep
from whipbird.engine.shared_features import SharedFeatures
from whipbird.models.frontends.base import FrontEnd

LENGTH = RATE_HZ


class Counting(FrontEnd):
    """Counts the samples of a front end."""

    def __init__(self, frontend):
        super().__init__(frontend.frame, frontend.step, frontend.width)
        self._frontend, self.samples = frontend, 0

    def push(self, samples):
        self.samples += len(samples)
        return self._frontend.push(samples)


@given(moves=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 6000)), max_size=20))
def test_each_takes_them_at_its_own_pace(moves):
    sound, expected = sweep()[:LENGTH], made(KINDS[2]).push(sweep()[:LENGTH])
    counting = Counting(made(KINDS[2]))
    shared = SharedFeatures(counting)
    readers = [shared.reader() for _ in range(3)]
    places, found = [0, 0, 0], [[], [], []]
    for number, count in [*moves, *((number, LENGTH) for number in range(3))]:
        start = places[number]
        places[number] = min(LENGTH, start + count)
        found[number].append(readers[number].push(sound[start : places[number]]))
    for own in found:
        np.testing.assert_array_equal(np.concatenate(own), expected)
    assert counting.samples == LENGTH
    assert len(shared._frames) == 0


def test_readers_have_the_lengths_of_the_front_end():
    frontend = made(KINDS[2])
    reader = SharedFeatures(frontend).reader()
    assert (reader.frame, reader.step, reader.width) == (frontend.frame, frontend.step, frontend.width)
    assert reader.span(3) == frontend.span(3)
