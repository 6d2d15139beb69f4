"""Embeddings of windows in Parquet files, one row for each window.

================  ============================================================
``recording``     name of the recording
``start_s``       start of the window, in seconds from the start of the recording
``end_s``         its end, or that of the sound
``model``         name of the model
``model_sha256``  hash of the network that made the embedding
``embedding``     the vector, of float32
================  ============================================================
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whipbird.errors import OutputError
from whipbird.events.window_vector import WindowVector
from whipbird.system.whole_file import whole_file

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["EmbeddingFolder", "discard_embeddings", "new_folder", "write_embeddings"]

ROWS = 2000  # in a file: 8 MB of 1024 numbers each


class EmbeddingFolder:
    """A new folder of embeddings, in files ``part-00000.parquet`` and so on.

    Raises
    ------
    OutputError
        If it cannot be written, or has other content.
    """

    def __init__(self, folder: Path) -> None:
        new_folder(folder)
        self._folder = folder
        self._rows: list[WindowVector] = []
        self._parts = 0

    def add(self, row: WindowVector) -> None:
        """Add a window; raises OutputError if the file that it completes cannot be written."""
        self._rows.append(row)
        if len(self._rows) >= ROWS:
            self._write()

    def close(self) -> None:
        """Write what is left; raises OutputError if it cannot be written."""
        if self._rows:
            self._write()

    def _write(self) -> None:
        rows, self._rows = self._rows, []
        write_embeddings(self._folder / f"part-{self._parts:05}.parquet", rows)
        self._parts += 1


def new_folder(folder: Path) -> None:
    """Make a folder, which must not exist or be empty.

    Raises
    ------
    OutputError
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise OutputError(f"{folder}: has other content; give a new folder for the embeddings")
    except OSError as error:
        raise OutputError(f"cannot write to {folder}: {error.strerror or error}") from error


def write_embeddings(path: Path, rows: Sequence[WindowVector]) -> None:
    """Write a file of embeddings, or replace it; raises OutputError if it cannot be written."""
    import pyarrow as pa

    name = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema(
        [
            ("recording", name),
            ("start_s", pa.float64()),
            ("end_s", pa.float64()),
            ("model", name),
            ("model_sha256", name),
            ("embedding", pa.list_(pa.float32())),
        ]
    )
    columns: list[list[Any]] = [
        [row.recording for row in rows],
        [row.start_s for row in rows],
        [row.end_s for row in rows],
        [row.model for row in rows],
        [row.sha256 for row in rows],
        [row.vector for row in rows],
    ]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    _write(path, pa.Table.from_arrays(arrays, schema=schema))


def discard_embeddings(path: Path, recordings: Collection[str]) -> None:
    """Remove the rows of recordings from a file, if it exists; raises OutputError if that cannot be done."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    if not path.exists():
        return
    with open(path, "rb") as file:
        rows = pq.ParquetFile(file).read()
    kept = rows.filter(pc.invert(pc.is_in(rows["recording"].cast(pa.string()), pa.array(sorted(recordings)))))
    if len(kept) < len(rows):
        _write(path, kept)


def _write(path: Path, rows: pa.Table) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(rows, sink, compression="zstd")
    try:
        with whole_file(path, sync=True) as file:
            file.write(sink.getvalue())
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
