"""When the timestamps of a feed are believed."""

import numpy as np
import pytest

from whipbird.recordings.timestamps import Block
from whipbird.sources.feed_timestamps import FeedTimestamps

NOTHING = np.empty((0, 1), np.float32)
BLOCK_S = 0.02


def follow(timestamps, stamps_s):
    """Blocks that are never late, so that nothing explains a step."""
    for stamp_s in stamps_s:
        timestamps.lost_s(Block(NOTHING, stamp_s, BLOCK_S), -1.0)


def exact(begin_s, end_s):
    return np.arange(begin_s, end_s, BLOCK_S)


def test_a_step_is_a_loss_if_the_clock_confirms_it():
    timestamps = FeedTimestamps()
    assert timestamps.lost_s(Block(NOTHING, 5.0, BLOCK_S), 0.0) == 0.0
    assert timestamps.lost_s(Block(NOTHING, 5.52, BLOCK_S), 0.5) == pytest.approx(0.5)
    assert timestamps.lost_s(Block(NOTHING, None, BLOCK_S), 0.0) == 0.0
    assert timestamps.lost_s(Block(NOTHING, 6.06, BLOCK_S), 0.1) is None
    assert timestamps.jump_s == pytest.approx(0.5)


@pytest.mark.parametrize("stamps_s", [1.01 * exact(0, 60), 0.0 * exact(0, 2), exact(0, 2) + [0.0, 0.05] * 50])
def test_timestamps_that_are_wrong(stamps_s):
    timestamps = FeedTimestamps()
    follow(timestamps, stamps_s)
    assert not timestamps.believed


@pytest.mark.parametrize(
    "stamps_s", [1.0005 * exact(0, 600), np.round(exact(0, 20), 3), exact(0, 20) + [0, 4e-3] * 500]
)
def test_timestamps_that_are_right_enough(stamps_s):
    timestamps = FeedTimestamps()
    follow(timestamps, stamps_s)
    assert timestamps.believed


def test_after_another_start_they_are_believed_again():
    timestamps = FeedTimestamps()
    follow(timestamps, [*exact(0, 5), *exact(500, 500.1)])
    assert not timestamps.believed
    follow(timestamps, exact(500.1, 505))
    assert timestamps.believed


def test_missing_sound_that_no_step_shows():
    timestamps = FeedTimestamps()
    follow(timestamps, exact(0, 5))
    timestamps.missed(0.5)
    assert not timestamps.believed


def test_a_new_connection():
    timestamps = FeedTimestamps()
    assert timestamps.reconnected_s(Block(NOTHING, 100.0, 1.0), 0.0, 1.0) is None
    assert timestamps.lost_s(Block(NOTHING, 101.0, 1.0), 0.0) == 0.0
    assert timestamps.reconnected_s(Block(NOTHING, 107.0, 1.0), 5.0, 1.0) == 5.0
    assert timestamps.reconnected_s(Block(NOTHING, 107.0, 1.0), 5.0, 1.0) is None
    assert timestamps.reconnected_s(Block(NOTHING, 500.0, 1.0), 5.0, 1.0) is None
