import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from made_recordings import measured, noise
from whipbird.measures.envelope import Envelope


@given(st.integers(1, 30_000), st.lists(st.integers(0, 30_000), max_size=10), st.booleans())
def test_columns_hold_the_lowest_and_the_highest_sample(count, cuts, known):
    sound = noise(count / 8000, 8000).astype(np.float32)
    envelope = measured(Envelope(8000, len(sound) if known else None), sound, cuts)
    lows, highs = envelope.outline()
    size = round(envelope.column_s * 8000)
    starts = range(0, len(sound), size)
    assert np.array_equal(lows, [sound[start : start + size].min() for start in starts])
    assert np.array_equal(highs, [sound[start : start + size].max() for start in starts])
