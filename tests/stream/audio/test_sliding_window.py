import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from whipbird.audio.sliding_window import SlidingWindow


def test_a_new_window_is_filled():
    assert SlidingWindow(2, [7, 8]).view().tolist() == [[7, 8], [7, 8]]


def test_rows_move_from_the_end_to_the_start():
    window = SlidingWindow(3, [0])
    window.push(np.array([[1], [2]], np.float32))
    assert window.view().tolist() == [[0], [1], [2]]
    window.push(np.array([[3], [4]], np.float32))
    assert window.view().tolist() == [[2], [3], [4]]


@given(st.integers(1, 6), st.lists(st.integers(0, 20), max_size=30))
def test_the_view_is_always_the_last_rows_in_one_piece(length, counts):
    window = SlidingWindow(length, [-1, -2])
    rows = np.tile(np.array([-1, -2], np.float32), (length, 1))
    for count in counts:
        new = len(rows) + np.arange(2 * count, dtype=np.float32).reshape(count, 2)
        window.push(new)
        rows = np.concatenate((rows, new))
        np.testing.assert_array_equal(window.view(), rows[-length:])
        assert window.view().flags.c_contiguous
