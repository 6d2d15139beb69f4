"""Exact search: the most similar windows, each moment once."""

import numpy as np
import pytest

from made_embeddings import HASH, vectors, write
from whipbird.search.hits import best_hits
from whipbird.search.nearest import nearest
from whipbird.search.vectors import VectorIndex


@pytest.fixture
def made():
    return vectors(9000)


@pytest.fixture
def shards(tmp_path, made):
    for number, part in enumerate(np.split(made, 3)):
        write(tmp_path / f"shard-{number:06}.parquet", part, f"/archive/{number}.wav")
    index = VectorIndex(tmp_path)
    index.update()
    return list(index.shards(HASH))


def cosines(made, queries):
    return (made @ queries.T / np.linalg.norm(made, axis=1)[:, None] / np.linalg.norm(queries, axis=1)).max(axis=1)


@pytest.mark.parametrize("fast", [False, True])
def test_the_nearest_rows_are_found_exactly(shards, made, fast):
    if fast:
        pytest.importorskip("usearch")
    queries = vectors(3, seed=5)
    true = cosines(made[:3000], queries)
    rows, found = nearest(shards[0], queries, 20, fast)
    best = np.argsort(-true)[:10]
    assert set(best) <= set(rows.tolist())
    assert np.abs(found - true[rows]).max() < 0.01
    assert (np.diff(found) <= 0).all()
    assert len(set(rows.tolist())) == len(rows)


def test_the_moments_of_all_files_are_ranked(shards, made):
    hits = best_hits(shards, made[[4000]] + 0.1 * vectors(1, seed=3), 5)
    assert (hits[0].recording, hits[0].start_s, hits[0].shard) == ("/archive/1.wav", 3000.0, "shard-000001")
    assert hits[0].similarity > 0.95
    similarities = [hit.similarity for hit in hits]
    assert similarities == sorted(similarities, reverse=True)
    assert len(hits) == 5


def test_a_call_in_two_windows_is_one_moment(tmp_path):
    made = vectors(50)
    made[21] = made[20] + 0.1 * made[1]
    write(tmp_path / "a.parquet", made, hop_s=1.5)
    index = VectorIndex(tmp_path)
    index.update()
    hits = best_hits(index.shards(HASH), made[[20]], 3)
    assert hits[0].start_s == 30
    assert all(abs(hit.start_s - 30) > 3 for hit in hits[1:])


def test_there_may_be_fewer_moments(shards):
    assert len(best_hits(shards[:1], vectors(1), 100)) == 100
    assert best_hits([], vectors(1), 10) == []
