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
from whipbird.system.whole_file import whole_file

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["next_part", "read_parts", "read_table", "shard_numbers", "shard_path", "write_file", "write_table"]

METADATA = b"whipbird"  # key of the metadata in each file
SHARD = re.compile(r"shard-(\d+)\.parquet")


def read_parts(folder: Path) -> Iterator[pa.Table]:
    """Read the parts in a folder, in the order of their numbers."""
    if folder.is_dir():
        for path in sorted(folder.glob("part-*.parquet")):
            yield read_table(path)


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


def read_table(path: Path) -> pa.Table:
    """Read a file.

    Raises
    ------
    WhipbirdError
        If it cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path).read()
    except (OSError, pa.ArrowInvalid) as error:
        raise WhipbirdError(f"{path}: cannot be read: {str(error).splitlines()[0]}") from error


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
