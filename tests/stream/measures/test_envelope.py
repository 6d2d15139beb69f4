import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from made_recordings import measured, noise
from whipbird.measures.envelope import Envelope


@given(
    st.integers(1, 30_000),
    st.lists(st.integers(0, 30_000), max_size=10),
    st.sampled_from([None, 0, 1, 3000, 30_000, 10**7, 2**60]),
)
def test_columns_hold_the_lowest_and_the_highest_sample_whatever_was_expected(count, cuts, expected):
    sound = noise(count / 8000, 8000).astype(np.float32)
    envelope = measured(Envelope(8000, expected), sound, cuts)
    lows, highs = envelope.outline()
    size = round(envelope.column_s * 8000)
    starts = range(0, len(sound), size)
    assert np.array_equal(lows, [sound[start : start + size].min() for start in starts])
    assert np.array_equal(highs, [sound[start : start + size].max() for start in starts])
