"""The Parquet files of a scan's folder: numbered parts of a table, and one file per shard.

Every file is written next to its final path and then renamed: it is complete, or it does not exist.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whipbird.errors import WhipbirdError
from whipbird.scan.tables import check_table, upgraded
from whipbird.system.whole_file import whole_file
from whipbird.text import message

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["next_part", "read_parts", "read_table", "shard_numbers", "shard_path", "write_file", "write_table"]

METADATA = b"whipbird"  # key of the metadata in each file
SHARD = re.compile(r"shard-(\d+)\.parquet")


def read_parts(folder: Path, columns: Mapping[str, str]) -> Iterator[pa.Table]:
    """Read the parts in a folder, in the order of their numbers; see `read_table`."""
    if folder.is_dir():
        for path in sorted(folder.glob("part-*.parquet")):
            yield read_table(path, columns)


def next_part(folder: Path) -> Path:
    """Path of the part that is to be written next."""
    number = sum(1 for _ in folder.glob("part-*.parquet")) if folder.is_dir() else 0
    return folder / f"part-{number:05}.parquet"


def shard_path(folder: Path, number: int) -> Path:
    """Path of a shard's file."""
    return folder / f"shard-{number:06}.parquet"


def shard_numbers(folder: Path) -> set[int]:
    """Numbers of the shards that have a file in a folder."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return set()
    return {int(found[1]) for name in names if (found := SHARD.fullmatch(name))}


def read_table(path: Path, columns: Mapping[str, str]) -> pa.Table:
    """Read a file that holds a table with these columns.

    Raises
    ------
    WhipbirdError
        If it cannot be read, or holds something else.
    """
    import pyarrow.parquet as pq

    try:
        with open(path, "rb") as file:  # Arrow takes no path that is not UTF-8
            rows = upgraded(pq.ParquetFile(file).read(), columns)
        check_table(rows, columns)
    except Exception as error:  # Arrow raises whatever damaged bytes lead to
        reason = message((str(error) or type(error).__name__).splitlines()[0])
        mend = "scan into a new folder"
        if SHARD.fullmatch(path.name):  # is repeated if it has no events
            mend = f"remove {path.parent.with_name('events') / path.name} and run the scan again"
        raise WhipbirdError(f"{path}: is damaged or of another version of whipbird ({reason}); {mend}") from error
    return rows


def write_table(path: Path, rows: pa.Table, metadata: Mapping[str, Any]) -> None:
    """Write a file with metadata.

    Raises
    ------
    WhipbirdError
        If it cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    named = rows.replace_schema_metadata({METADATA: json.dumps(metadata).encode()})
    sink = pa.BufferOutputStream()
    pq.write_table(named, sink, compression="zstd")
    write_file(path, sink.getvalue().to_pybytes())


def write_file(path: Path, data: bytes) -> None:
    """Write a file, or replace it; its folder is created if necessary.

    Raises
    ------
    WhipbirdError
        If it cannot be written.
    """
    try:
        path.parent.mkdir(exist_ok=True)
        with whole_file(path, sync=True) as file:
            file.write(data)
    except OSError as error:
        raise WhipbirdError(
            f"cannot write {path}: {error.strerror or error}; run the same command again to resume"
        ) from error
