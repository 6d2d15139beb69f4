"""Arrays whose memory returns to the system."""

import gc
import sys
from pathlib import Path

import numpy as np
import pytest

from whipbird.audio.ring import Ring
from whipbird.sinks.clips.history import History
from whipbird.system.mmap_arrays import mapped_zeros

MB = 1e6


def mapped_mb():
    """Memory of such arrays that this process holds."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("RssShmem:")).split()[1]) / MB


def test_the_array_is_zero_and_can_be_written():
    array = mapped_zeros(3, 2)
    assert (array.shape, array.dtype, array.any()) == ((3, 2), np.float32, False)
    array[1:] = 1
    assert array.sum() == 4


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux reports how much is held")
class TestReturnedMemory:
    def test_everything_returns_with_the_last_view(self):
        gc.collect()
        before_mb = mapped_mb()
        view = mapped_zeros(5_000_000, 1)[10:20]
        assert mapped_mb() - before_mb < 1  # nothing is written
        view.base[:] = 1
        assert mapped_mb() - before_mb > 19
        del view
        assert mapped_mb() - before_mb < 1

    def test_forgotten_history_returns(self):
        rate_hz, kept_s, random = 48_000, 10, np.random.default_rng(1)
        second_mb = 4 * rate_hz / MB
        ring = Ring(rate_hz)
        ring.write(np.ones((rate_hz, 1), np.float32))
        history = History(ring.reader(), rate_hz, 1)
        gc.collect()
        before_mb = mapped_mb()
        most_mb = 0.0
        for _ in range(200):
            ring.write(np.ones((random.integers(1, rate_hz), 1), np.float32))
            history.fill()
            history.forget(ring.position - kept_s * rate_hz)
            most_mb = max(most_mb, mapped_mb() - before_mb)
        assert kept_s < most_mb / second_mb < kept_s + 3
