"""Samples of any rate and number of channels, as samples of one."""

import numpy as np

from whipbird.recordings.sample_format import SampleFit

RATE_HZ = 16_000
STEREO = np.array([[0.2, 0.4], [-0.5, 0.5]], np.float32)


def test_several_channels_are_mixed_to_one():
    np.testing.assert_allclose(SampleFit(RATE_HZ, 1).push(STEREO, RATE_HZ), [[0.3], [0.0]], atol=1e-7)


def test_one_channel_is_copied_to_several():
    fitted = SampleFit(RATE_HZ, 2).push(STEREO[:, :1], RATE_HZ)
    np.testing.assert_array_equal(fitted, STEREO[:, [0, 0]])


def test_missing_channels_are_silent():
    fitted = SampleFit(RATE_HZ, 3).push(STEREO, RATE_HZ)
    np.testing.assert_array_equal(fitted, np.pad(STEREO, ((0, 0), (0, 1))))


def test_a_change_of_rate_keeps_the_duration():
    fit = SampleFit(RATE_HZ, 1)
    seconds = [(rate_hz, np.zeros((rate_hz, 1), np.float32)) for rate_hz in (RATE_HZ, 48_000, 8_000)]
    lengths = [len(fit.push(samples, rate_hz)) for rate_hz, samples in seconds]
    assert sum(lengths) + len(fit.finish()) == 3 * RATE_HZ
