import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from made_recordings import cut
from whipbird.measures.column_pool import ColumnPool


@given(st.integers(0, 700), st.lists(st.integers(0, 700), max_size=20), st.integers(1, 16))
def test_each_column_is_the_highest_of_its_group(count, cuts, columns):
    values = np.random.default_rng(count).random((count, 3), np.float32)
    pool = ColumnPool(3, columns)
    for block in cut(values, cuts):
        pool.push(block)
    wanted = [values[start : start + pool.pooled].max(axis=0) for start in range(0, count, pool.pooled)]
    assert np.array_equal(pool.columns(), np.array(wanted, np.float32).reshape(-1, 3))
    assert len(wanted) <= 2 * columns
    assert pool.pooled == 1 or len(wanted) >= columns
