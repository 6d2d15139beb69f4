"""The direction that separates an example from the background."""

import numpy as np
import pytest

from made_embeddings import HASH, vectors, write
from whipbird.errors import WhipbirdError
from whipbird.search.background import Background, direction, unit
from whipbird.search.vectors import VectorIndex


def test_sums_of_parts_are_those_of_the_whole():
    made = vectors(100)
    both, whole = Background.of(made[:40]) + Background.of(made[40:]), Background.of(made)
    assert both.count == whole.count == 100
    assert np.allclose(both.total, whole.total)
    assert np.allclose(both.products, whole.products)


def test_what_all_windows_have_in_common_does_not_count():
    """A weak call in a strong common sound: by the plain cosine, other windows are as similar."""
    common = 10 * vectors(1, seed=3)
    call = vectors(1, seed=4)
    loud = np.linspace(0, 20, 500)[:, None] * vectors(1, seed=5)  # another sound that comes and goes
    quiet = common + loud + vectors(500)
    calls = common + loud[::50] + 2 * call + vectors(10, seed=6)
    example = common + loud[[100]] + 2 * call
    every = unit(np.concatenate((calls, quiet)))
    wanted = direction(example, Background.of(quiet))
    found = every @ wanted.vector[0]
    assert set(np.argsort(-found)[:10]) == set(range(10))
    assert set(np.argsort(-(every @ unit(example)[0]))[:10]) != set(range(10))
    similarity = wanted.similarity(found[10:])
    assert abs(similarity.mean()) < 0.01
    assert abs(similarity.std() - 1) < 0.01


def test_without_a_background_it_is_the_example():
    made = vectors(1)
    none = Background(0, np.zeros(32), np.zeros((32, 32)))
    assert np.allclose(direction(made, none).vector, unit(made))
    assert direction(made, none).similarity(0.5) == 0.5


def test_it_is_kept_with_the_vectors(tmp_path):
    made = vectors(50)
    write(tmp_path / "a.parquet", made[:20])
    write(tmp_path / "b.parquet", made[20:])
    index = VectorIndex(tmp_path)
    index.update()
    kept = index.background(HASH)
    assert kept.count == 50
    assert np.allclose(kept.total, Background.of(made).total)
    (path,) = (tmp_path / "_search").glob("*/background.npz")
    path.write_bytes(b"no numbers")
    with pytest.raises(WhipbirdError, match=r"background\.npz"):
        index.background(HASH)
