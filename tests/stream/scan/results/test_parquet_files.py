"""Parquet files of a scan: numbered, complete, with metadata."""

import json
import math
import os

import pyarrow as pa
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
from whipbird.scan.tables import PLAN, RECORDINGS, table


def rows(shard):
    row = {"shard": shard, "recording": "a.wav", "begin_s": 0, "sound_s": 1.5, "again": False}
    return table([row], PLAN)


def test_parts_are_numbered_and_read_in_order(tmp_path):
    folder = tmp_path / "plan"
    assert list(read_parts(folder, PLAN)) == []
    for number in range(3):
        assert next_part(folder).name == f"part-{number:05}.parquet"
        write_table(next_part(folder), rows(number), {})
    assert [part["shard"].to_pylist() for part in read_parts(folder, PLAN)] == [[0], [1], [2]]


def test_results_of_an_earlier_version_are_read(tmp_path):
    row = dict.fromkeys(("begin_s", "heard_s", "lost_s", "events", "work_s"), 1)
    row |= {"recording": "a.wav", "status": "processed", "gaps": []}
    path = shard_path(tmp_path / "recordings", 0)
    write_table(path, table([row], RECORDINGS).drop_columns(["below_trigger_s"]), {})
    assert read_table(path, RECORDINGS)["below_trigger_s"].to_pylist() == [0.0]


def test_shards_have_numbers_and_half_written_files_do_not_count(tmp_path):
    folder = tmp_path / "events"
    assert shard_numbers(folder) == set()
    write_table(shard_path(folder, 3), rows(3), {"settings": 1})
    (folder / ".shard-000004.parquet.partial").write_bytes(b"half")
    assert shard_numbers(folder) == {3}
    assert json.loads(read_table(shard_path(folder, 3), PLAN).schema.metadata[b"whipbird"]) == {"settings": 1}


def test_a_folder_whose_name_is_not_utf_8(tmp_path):
    folder = tmp_path / os.fsdecode(b"For\xeat")
    folder.mkdir()
    write_table(shard_path(folder, 3), rows(3), {})
    assert read_table(shard_path(folder, 3), PLAN)["shard"].to_pylist() == [3]


def test_a_damaged_file_is_one_line_that_says_what_to_do(tmp_path):
    path = shard_path(tmp_path / "recordings", 3)
    path.parent.mkdir()
    path.write_bytes(b"no")
    message = rf"^{path}: is damaged .*; remove {tmp_path}/events/{path.name} and run the scan again$"
    with pytest.raises(WhipbirdError, match=message):
        read_table(path, PLAN)


def spoil(name, values):
    return lambda whole: whole.set_column(whole.column_names.index(name), name, values)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda whole: whole.drop_columns(["sound_s"]), "it has no column 'sound_s'"),
        (spoil("sound_s", pa.array(["1"])), "the column 'sound_s' is string, not double"),
        (spoil("sound_s", pa.array([None], pa.float64())), "the column 'sound_s' has empty values"),
        (spoil("sound_s", pa.array([math.nan])), "the column 'sound_s' has values that are not finite numbers"),
        (spoil("recording", pa.array([b"\xff"], pa.binary()).view(pa.string())), "Invalid UTF8"),
    ],
)
def test_a_file_of_another_version_is_one_line(tmp_path, change, reason):
    path = next_part(tmp_path / "plan")
    write_table(path, change(rows(3)), {})
    with pytest.raises(WhipbirdError, match=f"{path.name}: is damaged or of another version .*{reason}") as caught:
        list(read_parts(tmp_path / "plan", PLAN))
    assert "\n" not in str(caught.value)
