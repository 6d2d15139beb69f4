"""Embeddings as bytes, which are searched where they are on the disk.

The Parquet files of a folder of embeddings are converted once, each into files of its own in the folder ``_search``:

=========================  ============================================================================================
``index.json``             the Parquet files with their sizes and times, and the models
``HASH/NAME.npy``          int8, shape (windows, size): each vector times 127 over its largest magnitude
``HASH/NAME.rows.npy``     start and end of each window in seconds, number of its recording, length of its int8 vector
``HASH/NAME.names.json``   the recordings
``HASH/background.npz``    sums over some windows of each file, see `whipbird.search.background`
=========================  ============================================================================================

``HASH`` is the start of the hash of the network. Files that were added or changed since are converted when the archive
is searched the next time; a name that starts with an underscore is left out by programs that read the folder as one
table. Rounding to int8 changes a cosine by less than 0.01.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from whipbird.arrays import Floats
from whipbird.errors import OutputError, WhipbirdError
from whipbird.review.judged_events import SEARCH_FOLDER
from whipbird.search.background import Background
from whipbird.system.damage import damage_of
from whipbird.system.regular_file import read_bounded
from whipbird.system.whole_file import whole_file
from whipbird.text import message

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Shard", "VectorIndex", "quantised"]

INDEX = "index.json"
FORMAT = 1
LARGEST_INDEX = 64 << 20  # bytes
HASH_DIGITS = 16
ROWS = np.dtype([("start_s", "<f8"), ("end_s", "<f8"), ("recording", "<i4"), ("length", "<f4")])
COLUMNS = ("recording", "start_s", "end_s", "model", "model_sha256", "embedding")
BATCH = 8192  # windows that are read at once
SAMPLE = 1000  # windows of a batch that count for the background
BACKGROUND = "background.npz"

Bytes = NDArray[np.int8]


class _File(TypedDict):
    bytes: int
    modified_ns: int


class _Model(TypedDict):
    name: str
    files: list[str]


class _Index(TypedDict):
    format: int
    files: dict[str, _File]
    models: dict[str, _Model]


@dataclass(frozen=True)
class Shard:
    """Vectors from one Parquet file.

    Attributes
    ----------
    name : str
        Name of the Parquet file without suffix.
    vectors : array of int8, shape (windows, size)
        Mapped from the disk.
    rows : structured array, shape (windows,)
        ``start_s``, ``end_s``, ``recording`` and ``length``.
    names : list of str
        The recordings.
    """

    name: str
    vectors: Bytes
    rows: NDArray[Any]
    names: list[str]


class VectorIndex:
    """The vectors of a folder of embeddings.

    Parameters
    ----------
    folder : Path
        With Parquet files of embeddings.

    Raises
    ------
    WhipbirdError
        If there are none.

    Attributes
    ----------
    models : dict of str to str
        Names of the models by the hashes of their networks; call `update` first.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = folder / SEARCH_FOLDER
        if not folder.is_dir():
            raise WhipbirdError(f"{folder}: no such folder")
        if not any(folder.glob("*.parquet")):
            raise WhipbirdError(f"{folder}: no embeddings; write them with: whipbird scan … --embeddings FOLDER")
        self._index = self._read()

    @property
    def models(self) -> dict[str, str]:
        return {sha256: model["name"] for sha256, model in self._index["models"].items()}

    def update(self, show: Callable[[int, int], None] = lambda done, total: None) -> None:
        """Convert what was added or changed, and forget what was removed.

        Parameters
        ----------
        show : callable
            Gets the number of converted files, and of all that are converted.

        Raises
        ------
        WhipbirdError
            If a file cannot be read or written.
        """
        there = {path.name: path for path in sorted(self._folder.glob("*.parquet"))}
        states = {name: _state(path) for name, path in there.items()}
        known = self._index["files"]
        stale = [name for name, state in states.items() if known.get(name) != state]
        if not stale and len(known) == len(there):
            return
        for model in self._index["models"].values():
            model["files"] = [name for name in model["files"] if name in there and name not in stale]
        self._index["files"] = {name: state for name, state in known.items() if name in there and name not in stale}
        for number, name in enumerate(stale):
            show(number, len(stale))
            for sha256, own in self._convert(there[name]).items():
                entry = self._index["models"].setdefault(sha256, {"name": own, "files": []})
                entry["files"].append(name)
            self._index["files"][name] = states[name]
        self._index["models"] = {sha256: model for sha256, model in self._index["models"].items() if model["files"]}
        self._write(self._own / INDEX, json.dumps(self._index, indent=1).encode())
        show(len(stale), len(stale))

    def shards(self, sha256: str) -> Iterator[Shard]:
        """The vectors of a model, by the hash of its network.

        Raises
        ------
        WhipbirdError
            If they cannot be read.
        """
        for name in sorted(self._index["models"][sha256]["files"]):
            path = self._path(sha256, name)
            with damage_of(path):
                try:
                    # usearch takes no memmap, but the array that it is
                    vectors: Bytes = np.load(path, mmap_mode="r").view(np.ndarray)
                    rows = np.load(path.with_suffix(".rows.npy"), mmap_mode="r").view(np.ndarray)
                    names = json.loads(path.with_suffix(".names.json").read_text("utf-8"))
                except OSError as error:
                    raise WhipbirdError(f"cannot read {path}: {error.strerror or error}; {_mend(self._own)}") from error
                except EOFError as error:
                    raise ValueError(f"it is empty; {_mend(self._own)}") from error
                if vectors.dtype != np.int8 or rows.dtype != ROWS or len(vectors) != len(rows):
                    raise ValueError(f"not what whipbird wrote; {_mend(self._own)}")
            yield Shard(Path(name).stem, vectors, rows, names)

    def background(self, sha256: str) -> Background:
        """Sums over some vectors of a model.

        Raises
        ------
        WhipbirdError
            If they cannot be read.
        """
        path = self._own / sha256[:HASH_DIGITS] / BACKGROUND
        try:
            with damage_of(path), np.load(path) as kept:
                return Background(int(kept["count"]), kept["total"], kept["products"])
        except (OSError, zipfile.BadZipFile) as error:
            raise WhipbirdError(f"cannot read {path}: {error}; {_mend(self._own)}") from error

    def _path(self, sha256: str, name: str) -> Path:
        return self._own / sha256[:HASH_DIGITS] / f"{Path(name).stem}.npy"

    def _read(self) -> _Index:
        path = self._own / INDEX
        empty: _Index = {"format": FORMAT, "files": {}, "models": {}}
        if not path.exists():
            return empty
        try:
            content = read_bounded(path, LARGEST_INDEX)
        except OSError as error:
            raise WhipbirdError(f"cannot read {path}: {error.strerror or error}") from error
        with damage_of(path):
            index: _Index = json.loads(content)
            return index if index["format"] == FORMAT else empty

    def _convert(self, path: Path) -> dict[str, str]:
        """Convert a Parquet file; returns the models in it by their hashes."""
        vectors: dict[str, list[Bytes]] = {}
        rows: dict[str, list[NDArray[Any]]] = {}
        names: dict[str, dict[str, int]] = {}
        models: dict[str, str] = {}
        background: dict[str, Background] = {}
        for batch in _batches(path):
            columns = {name: batch[name].to_pylist() for name in COLUMNS[:-1]}
            sound = _matrix(batch["embedding"])
            hashes = np.array(columns["model_sha256"])
            for sha256 in dict.fromkeys(columns["model_sha256"]):
                chosen = np.flatnonzero((hashes == sha256) & sound.any(axis=1))  # what is all zero has no direction
                own = names.setdefault(sha256, {})
                numbers = [own.setdefault(columns["recording"][row], len(own)) for row in chosen.tolist()]
                bytes_ = quantised(sound[chosen])
                table = np.empty(len(chosen), ROWS)
                for name in ("start_s", "end_s"):
                    table[name] = np.array(columns[name], np.float64)[chosen]
                table["recording"] = numbers
                table["length"] = np.linalg.norm(bytes_.astype(np.float32), axis=1)
                vectors.setdefault(sha256, []).append(bytes_)
                rows.setdefault(sha256, []).append(table)
                models[sha256] = columns["model"][int(np.argmax(hashes == sha256))]
                if len(chosen):
                    some = Background.of(sound[chosen[:: max(1, len(chosen) // SAMPLE)]])
                    background[sha256] = background[sha256] + some if sha256 in background else some
        for sha256 in models:
            target = self._path(sha256, path.name)
            self._write(target, np.concatenate(vectors[sha256]))
            self._write(target.with_suffix(".rows.npy"), np.concatenate(rows[sha256]))
            self._write(target.with_suffix(".names.json"), json.dumps(list(names[sha256])).encode())
            self._add_background(target.with_name(BACKGROUND), sha256, background.get(sha256))
        return models

    def _add_background(self, path: Path, sha256: str, more: Background | None) -> None:
        """Add sums to those that are kept; those of files that have been changed or removed stay in."""
        if path.exists():
            more = self.background(sha256) + more if more is not None else None
        if more is not None:
            content = io.BytesIO()
            np.savez(content, count=more.count, total=more.total, products=more.products)
            self._write(path, content.getvalue())

    def _write(self, path: Path, content: bytes | NDArray[Any]) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(path) as file:
                if isinstance(content, bytes):
                    file.write(content)
                else:
                    np.save(file, content)
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


def quantised(vectors: Floats) -> Bytes:
    """Vectors, shape (n, size), as int8 with a scale for each."""
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    quantised: Bytes = np.rint(vectors * (127 / np.maximum(largest, np.finfo(np.float32).tiny))).astype(np.int8)
    return quantised


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    """The rows of a Parquet file of embeddings, in batches."""
    import pyarrow.parquet as pq

    try:
        with open(path, "rb") as file:  # Arrow takes no path that is not UTF-8
            yield from pq.ParquetFile(file).iter_batches(BATCH, columns=list(COLUMNS))
    except Exception as error:  # Arrow raises whatever damaged bytes lead to
        reason = message((str(error) or type(error).__name__).splitlines()[0])
        raise WhipbirdError(f"{path}: no file of embeddings that can be read ({reason})") from error


def _matrix(column: pa.Array) -> Floats:
    """A column of lists of one length, shape (rows, size)."""
    values: Floats = np.asarray(column.flatten().to_numpy(zero_copy_only=False), np.float32)
    size = len(values) // len(column) if len(column) else 0
    if size * len(column) != len(values) or not np.isfinite(values).all():
        raise ValueError("embeddings of several sizes, or with numbers that are not finite")
    return values.reshape(len(column), size)


def _state(path: Path) -> _File:
    status = path.stat()
    return {"bytes": status.st_size, "modified_ns": status.st_mtime_ns}


def _mend(folder: Path) -> str:
    return f"remove {folder}, and search again"
