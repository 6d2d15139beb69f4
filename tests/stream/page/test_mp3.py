"""The stream of MP3 can be played from any piece of it."""

import io

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from whipbird.page.mp3 import FRAME_BYTES, RATE_HZ, Mp3Stream


def tone(seconds):
    return (0.4 * np.sin(2 * np.pi * 1000 * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)).astype(np.float32)


@pytest.mark.parametrize("first", [0, 1, 3])
def test_a_listener_may_join_at_any_piece(first):
    stream = Mp3Stream()
    content = b"".join([stream.push(tone(1.0)) for _ in range(6)][first:])
    samples, rate_hz = soundfile.read(io.BytesIO(content))
    assert rate_hz == RATE_HZ
    assert len(samples) / RATE_HZ == pytest.approx(6 - first, abs=0.3)
    middle = samples[RATE_HZ:-RATE_HZ]
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.4 / np.sqrt(2), rel=0.08)  # LAME turns it down a little
    spectrum = np.abs(np.fft.rfft(middle))
    assert spectrum.argmax() * RATE_HZ / len(middle) == pytest.approx(1000, abs=2)


@given(st.lists(st.integers(0, 5000), max_size=6))
def test_pieces_of_any_length_are_whole_frames(lengths):
    stream = Mp3Stream()
    for length in lengths:
        frames = stream.push(np.zeros(length, np.float32))
        assert len(frames) % FRAME_BYTES == 0
        assert frames[:2] in (b"", b"\xff\xfb")
