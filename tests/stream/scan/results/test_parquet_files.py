"""Parquet files of a scan: numbered, complete, with metadata."""

import json

import pytest

from whipbird.errors import WhipbirdError
from whipbird.scan.results.parquet_files import (
    next_part,
    read_parts,
    read_table,
    shard_numbers,
    shard_path,
    write_table,
)
from whipbird.scan.tables import PLAN, table


def rows(shard):
    return table([{"shard": shard, "recording": "a.wav"}], PLAN)


def test_parts_are_numbered_and_read_in_order(tmp_path):
    folder = tmp_path / "plan"
    assert list(read_parts(folder)) == []
    for number in range(3):
        assert next_part(folder).name == f"part-{number:05}.parquet"
        write_table(next_part(folder), rows(number), {})
    assert [part["shard"].to_pylist() for part in read_parts(folder)] == [[0], [1], [2]]


def test_shards_have_numbers_and_half_written_files_do_not_count(tmp_path):
    folder = tmp_path / "events"
    assert shard_numbers(folder) == set()
    write_table(shard_path(folder, 3), rows(3), {"settings": 1})
    (folder / ".shard-000004.parquet.partial").write_bytes(b"half")
    assert shard_numbers(folder) == {3}
    assert json.loads(read_table(shard_path(folder, 3)).schema.metadata[b"whipbird"]) == {"settings": 1}


def test_a_damaged_file_is_one_line(tmp_path):
    path = shard_path(tmp_path, 3)
    path.write_bytes(b"no")
    with pytest.raises(WhipbirdError, match="cannot be read"):
        read_table(path)
