"""Samples that are not sound become gaps."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from whipbird.audio.gap import Gap
from whipbird.audio.ring import Ring
from whipbird.sources.ring_writer import INVALID, write_block


@given(st.lists(st.sampled_from([0.0, 0.5, -1.0, 3e4, np.nan, np.inf, -np.inf, 1e30]), max_size=40))
def test_each_sample_is_either_written_or_in_a_gap(values):
    block = np.array(values, np.float32)[:, None]
    ring = Ring(100)
    reader = ring.reader()
    write_block(ring, block)
    assert ring.position == len(block)
    place = 0
    while (item := reader.read(100)) is not None:
        if isinstance(item, Gap):
            assert item.reason == INVALID
            assert not (np.abs(block[item.begin : item.end]) <= 1e6).any()
            place = item.end
        else:
            np.testing.assert_array_equal(item, block[place : place + len(item)])
            assert (np.abs(item) <= 1e6).all()
            place += len(item)
    assert place == len(block)


def test_silence_has_no_energy():
    ring = Ring(10)
    assert write_block(ring, np.zeros((5, 1), np.float32)) == 0
    assert write_block(ring, np.full((4, 1), 0.5, np.float32)) == 1
