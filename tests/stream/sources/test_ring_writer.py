"""Samples that are not sound become gaps."""

import numpy as np
import pytest
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


@pytest.mark.parametrize(("channel", "is_gap"), [(1, False), (2, True), (None, True)])
def test_only_the_channel_that_is_listened_to_is_judged(channel, is_gap):
    block = np.full((10, 2), 0.5, np.float32)
    block[3:6, 1] = np.nan
    ring = Ring(100, 2, channel)
    reader = ring.reader()
    energy = write_block(ring, block)
    assert ring.skipped == (3 if is_gap else 0)
    assert np.isfinite(energy) or channel is None
    while (item := reader.read(100)) is not None:
        assert isinstance(item, Gap) or np.isfinite(item).all()  # others read all channels of the ring


def test_the_mix_is_judged_where_all_channels_are_listened_to():
    ring = Ring(100, 2)
    write_block(ring, np.array([[1.2e6, 0], [3e6, 0], [0.5, 0.5]], np.float32))
    assert ring.skipped == 1


def test_silence_has_no_energy():
    ring = Ring(10)
    assert write_block(ring, np.zeros((5, 1), np.float32)) == 0
    assert write_block(ring, np.full((4, 1), 0.5, np.float32)) == 1
