import threading

import numpy as np
import pytest

from whipbird.audio.gap import Gap
from whipbird.audio.ring import Ring
from whipbird.errors import SourceError
from whipbird.sources.samples import Chunks, Samples

RATE_HZ = 16_000


def written(source, samples):
    """What a source writes to a ring that has room for it: samples and gaps."""
    ring = Ring(len(samples) + 1, source.channels)
    reader = ring.reader()
    source.run(ring, threading.Event(), lambda text: None)
    found = []
    while (item := reader.read(len(samples))) is not None:
        found.append(item)
    return found


def test_an_array_is_a_source(noise):
    samples = noise.reshape(-1, 2)
    source = Samples(samples, RATE_HZ)
    source.open()
    assert (source.channels, source.duration_s, source.live, source.paced) == (2, 0.5, False, False)
    np.testing.assert_array_equal(np.concatenate(written(source, samples)), samples)


def test_samples_that_are_not_finite_are_a_gap(noise):
    samples = noise[:, None].copy()
    samples[100:200] = np.nan
    before, gap, after = written(Samples(samples, RATE_HZ), samples)
    np.testing.assert_array_equal(np.concatenate((before, after)), np.delete(samples, slice(100, 200), axis=0))
    assert gap == Gap(100, 200, "invalid samples")


def test_an_empty_array_is_no_sound():
    samples = np.zeros((0, 1), np.float32)
    with pytest.raises(SourceError, match="samples: holds no sound"):
        written(Samples(samples, RATE_HZ), samples)


def test_who_hands_over_chunks_is_not_told_to_wait():
    source = Chunks(RATE_HZ, 2)
    assert not source.is_fed
    assert source.paced
