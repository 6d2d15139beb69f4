"""Embeddings become bytes that are searched where they are, once, and again when they change."""

import os

import numpy as np
import pandas as pd
import pytest

from made_embeddings import HASH, vectors, write
from whipbird.errors import WhipbirdError
from whipbird.search.vectors import VectorIndex, quantised


def updated(folder):
    index = VectorIndex(folder)
    converted = []
    index.update(lambda done, total: converted.append((done, total)))
    return index, converted[-1][1] if converted else 0


def test_rounding_changes_directions_hardly():
    made = vectors(500, 1024)
    bytes_ = quantised(made).astype(np.float32)
    cosines = (made * bytes_).sum(1) / np.linalg.norm(made, axis=1) / np.linalg.norm(bytes_, axis=1)
    assert cosines.min() > 0.999


def test_each_window_keeps_its_time_and_recording(tmp_path):
    write(tmp_path / "shard-000000.parquet", vectors(5))
    write(tmp_path / "shard-000001.parquet", vectors(4, seed=2), "/archive/b.wav")
    index, _ = updated(tmp_path)
    assert index.models == {HASH: "owls"}
    first, second = index.shards(HASH)
    assert first.vectors.shape == (5, 32)
    assert first.rows["start_s"].tolist() == [0, 3, 6, 9, 12]
    assert [second.names[number] for number in second.rows["recording"]] == ["/archive/b.wav"] * 4
    assert np.allclose(first.rows["length"], np.linalg.norm(first.vectors.astype(float), axis=1))


def test_only_what_is_new_is_converted(tmp_path):
    first = write(tmp_path / "shard-000000.parquet", vectors(5))
    assert updated(tmp_path)[1] == 1
    assert updated(tmp_path)[1] == 0
    write(tmp_path / "shard-000001.parquet", vectors(5))
    assert updated(tmp_path)[1] == 1
    write(first, vectors(7))
    os.utime(first, ns=(1, 1))
    index, converted = updated(tmp_path)
    assert converted == 1
    assert [len(shard.vectors) for shard in index.shards(HASH)] == [7, 5]
    first.unlink()
    assert [shard.name for shard in updated(tmp_path)[0].shards(HASH)] == ["shard-000001"]


def test_models_are_kept_apart(tmp_path):
    write(tmp_path / "a.parquet", vectors(5))
    write(tmp_path / "b.parquet", vectors(3, 16), model="bats", sha256="f" * 64)
    index, _ = updated(tmp_path)
    assert index.models == {HASH: "owls", "f" * 64: "bats"}
    assert [shard.vectors.shape for shard in index.shards("f" * 64)] == [(3, 16)]


def test_silence_without_a_direction_is_left_out(tmp_path):
    made = vectors(5)
    made[2] = 0
    write(tmp_path / "a.parquet", made)
    (shard,) = updated(tmp_path)[0].shards(HASH)
    assert shard.rows["start_s"].tolist() == [0, 3, 9, 12]


def test_other_programs_still_read_the_folder(tmp_path):
    write(tmp_path / "a.parquet", vectors(5))
    updated(tmp_path)
    assert len(pd.read_parquet(tmp_path)) == 5


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"", "no embeddings; write them with: whipbird scan"),
        ("a.parquet", b"no table", "a.parquet: no file of embeddings that can be read"),
        ("_search/index.json", b"{", "no embeddings; write them with"),
    ],
)
def test_what_is_no_embeddings_is_an_error(tmp_path, name, content, message):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    with pytest.raises(WhipbirdError, match=message):
        updated(tmp_path)


def test_damage_is_said_with_what_to_do(tmp_path):
    write(tmp_path / "a.parquet", vectors(5))
    index, _ = updated(tmp_path)
    (path,) = (tmp_path / "_search").glob("*/a.npy")
    path.write_bytes(b"")
    with pytest.raises(WhipbirdError, match=r"a\.npy: is damaged"):
        list(index.shards(HASH))
    path.unlink()
    with pytest.raises(WhipbirdError, match=r"cannot read .*a\.npy: No such file or directory; remove .*_search, and"):
        list(index.shards(HASH))
    (tmp_path / "_search" / "index.json").write_text("{")
    with pytest.raises(WhipbirdError, match=r"index\.json: is damaged: no JSON in line 1"):
        VectorIndex(tmp_path)
